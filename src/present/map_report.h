// A map's entries as a table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "present/output.h"
#include "present/record_cells.h"
#include "read/cpu_sum.h"
#include "sonda/table.h"

namespace sonda::present {

struct MapView {
  std::optional<std::uint64_t> top;  ///< rows; all of them if not set
  std::string sort;                  ///< a column's name; without it by the value if it is a number, else the key
  /// Reads the entries that are to be shown.
  std::function<Snapshot(const Map&)> read = [](const Map& map) { return Table(map).snapshot(); };
};

class MapReport {
 public:
  /// Borrows everything.
  MapReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
            TableOutput& output, const MapView& view);
  /// As fields are called; of a key or value that is no struct "key" or "value".
  std::vector<std::string> column_names() const;
  /// By that name, or by the header.
  std::optional<std::size_t> find_column(const std::string& name) const;
  /// Throws Error(Stage::read).
  void print();
  /// The entry of that key alone, without a heading; nothing if there is none. Throws Error(Stage::read).
  void print_entry(std::span<const std::byte> key);

 private:
  struct Entry;
  Entry row(const Snapshot::Entry& entry, const RecordView& value, std::optional<std::uint32_t> cpu) const;
  std::optional<pid_t> pid_in_key(const Snapshot::Entry& entry) const;
  std::string json(const Snapshot::Entry& entry, const RecordView& value) const;
  std::string json_by_tree(const Snapshot::Entry& entry, const RecordView& value, std::optional<pid_t> pid) const;
  void append(std::vector<Entry>& entries, const Snapshot::Entry& entry) const;
  void print_entries(const std::vector<Entry>& entries);
  /// Says that so many entries cannot be told from another one.
  void tell_alike(std::size_t entries);
  std::optional<std::size_t> sort_column() const;
  void sort(std::vector<Entry>& entries) const;
  std::vector<report::Column> fitted(const std::vector<Entry>& entries) const;
  const MapSpec& spec() const { return map_.spec(); }

  const Map& map_;
  TableOutput& output_;
  const MapView& view_;
  RecordCells key_, value_;
  std::vector<report::Column> columns_;
  std::string json_start_;      ///< of the object of an entry, up to its key
  std::vector<bool> is_stack_;  ///< of columns_, those that stand below the row
  std::optional<CpuSum> sum_;   ///< numbers for each CPU: their sums are shown
  bool each_cpu_ = false;       ///< something else for each CPU: a row for each
};

/// Whether the map has entries that people want to see: not buffers, stacks, programs.
bool is_shown(const MapSpec& spec);

}  // namespace sonda::present
