// The entries of any map on the machine, decoded by its own type information.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/maps.h"
#include "read/cpu_sum.h"
#include "sonda/record.h"
#include "sonda/table.h"

namespace sonda {

/// A map that somebody made, opened by its number. Without type information (or with one that does not fit) keys and
/// values of 1, 2, 4 or 8 bytes are taken as numbers, others as bytes. Nothing if it is gone.
/// Throws Error(Stage::kernel) if the kernel refuses.
std::optional<Map> open_map(const MapFacts& facts);

/// The entries of a map at one moment. Borrows the MapRows that read it.
class MapContent {
 public:
  std::size_t size() const noexcept { return present_.size(); }
  /// What tells entry `row` from others.
  std::string_view key_bytes(std::size_t row) const;
  Value key(std::size_t row) const;
  /// Of a per-CPU map the sum where there is one, else the first CPU's that is not zero.
  Value value(std::size_t row) const;
  /// The entry's number for each of MapRows::measures().
  void numbers(std::size_t row, std::vector<double>& into) const;

  /// There are more; which ones are here is chance.
  bool cut() const noexcept { return snapshot_.info().cut; }
  /// False: the map changed while it was read, so some may be missing.
  bool complete() const noexcept { return snapshot_.info().complete; }
  /// Entries that were left out because they are zero: all of an array's are always there.
  std::size_t zero() const noexcept { return snapshot_.size() - present_.size(); }

 private:
  friend class MapRows;
  RecordView view(const Snapshot::Entry& entry, std::vector<std::byte>& sum) const;
  const class MapRows* owner_ = nullptr;
  Snapshot snapshot_;
  std::vector<std::uint32_t> present_;
};

class MapRows {
 public:
  /// At most about so many entries are read at a time.
  static constexpr std::size_t most_entries = 65536;

  explicit MapRows(Map map);
  MapRows(const MapRows&) = delete;
  MapRows& operator=(const MapRows&) = delete;

  /// What can be counted: the numbers in a value, by name; "" is the value itself. Empty if there are none.
  const std::vector<std::string>& measures() const noexcept { return measures_; }
  /// Whether the map's own type information says what keys and values are.
  bool typed() const noexcept { return map_.spec().btf_value_type != 0; }
  bool readable() const noexcept;
  /// Throws Error(Stage::read).
  MapContent read() const;

 private:
  friend class MapContent;
  Map map_;
  std::vector<std::string> measures_;
  std::optional<CpuSum> sum_;  ///< of a map with numbers for each CPU
};

}  // namespace sonda
