// Values of several CPUs as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sonda/schema.h"
#include "sonda/table.h"

namespace sonda {

/// Whether values of several CPUs can be added: numbers, and structs of nothing else.
bool can_sum(const Schema& schema);

/// Adds the values of all CPUs, each number with 64 bits, however few its own have.
class CpuSum {
 public:
  /// For values of that schema, for which can_sum() holds.
  explicit CpuSum(const Schema& schema);

  /// What a sum looks like: the same fields by name and order, each of 64 bits.
  const Schema& schema() const noexcept { return wide_; }
  /// The bytes of the sum.
  std::vector<std::byte> of(const Snapshot::Entry& entry) const;

 private:
  struct Number {
    std::uint32_t from, size, to;  ///< bytes
    bool is_signed;
  };
  std::uint32_t widen(const Schema& schema, std::uint32_t type, std::uint32_t from, std::uint32_t to);

  Schema wide_;
  std::vector<Number> numbers_;
};

}  // namespace sonda
