// Values of several CPUs as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sonda/record.h"
#include "sonda/schema.h"
#include "sonda/table.h"

namespace sonda {

/// Whether values of several CPUs can be added: numbers, and structs of nothing else.
bool can_sum(const Schema& schema);

/// Whether it is the text of a sum that needs more than 64 bits.
bool is_decimal(const Type& type);

/// Whether the value is zero on every CPU.
bool is_zero(const Snapshot::Entry& entry);

/// A number's value, of all CPUs.
std::uint64_t count_of(const Snapshot::Entry& entry);

/// Adds the values of all CPUs, each number with 64 bits, however few its own have; in decimal, as text, where 64 are
/// too few.
class CpuSum {
 public:
  /// For values of that schema, for which can_sum() holds.
  explicit CpuSum(const Schema& schema);

  /// The sum, written into `bytes`, which it borrows, as it does this: the same fields by name and order, all of 64
  /// bits, or all texts.
  RecordView of(const Snapshot::Entry& entry, std::vector<std::byte>& bytes) const;
  /// What sums are described by: where 64 bits are enough for all of one, and where they are not.
  const Schema& numbers() const noexcept { return long_; }
  const Schema& texts() const noexcept { return wide_; }

 private:
  struct Number {
    std::uint32_t from, size;  ///< bytes of a value
    bool is_signed;
  };
  std::uint32_t widen(const Schema& schema, std::uint32_t type, std::uint32_t from);

  Schema long_, wide_;           ///< numbers of 64 bits, texts
  std::vector<Number> numbers_;  ///< as they follow each other in a sum
};

}  // namespace sonda
