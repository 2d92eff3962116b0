// A map's entries as a table.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compile/map_options.h"
#include "present/output.h"
#include "present/record_cells.h"
#include "read/cpu_sum.h"
#include "sonda/probe.h"
#include "sonda/table.h"

namespace sonda::present {

struct MapView {
  std::optional<std::uint64_t> top;  ///< rows; all of them if not set
  std::string sort;                  ///< a column's name; without it by the value if it is a number, else the key
  /// Reads the entries that are to be shown.
  std::function<Snapshot(const Map&)> read = [](const Map& map) { return Table(map).snapshot_of_set(); };
  /// Asked while they are sorted and printed: whether that is to end, unfinished.
  std::function<bool()> stop = [] { return false; };
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
  /// False if it was to stop: then that is said, and not all is shown. Throws Error(Stage::read).
  bool print();
  /// The entry of that key alone, without a heading; nothing if there is none. Throws Error(Stage::read).
  void print_entry(std::span<const std::byte> key);

 private:
  using Stop = std::function<bool()>;
  /// What is sorted in place of a row: numbers that order most rows, and where the row comes from.
  struct Row {
    std::uint64_t first = 0, second = 0;
    std::uint32_t index = 0, cpu = 0;  ///< of the entry in the snapshot; of the CPU where each has a row
  };
  /// A value as it is shown: as the map has it, or the sum over its CPUs.
  struct Shown {
    RecordView record;
    const RecordCells* cells = nullptr;
    bool is_wide = false;  ///< a sum of more than 64 bits
  };

  Row row(const Snapshot& snapshot, std::size_t index, std::uint32_t cpu) const;
  void append(std::vector<Row>& rows, const Snapshot& snapshot, std::size_t index) const;
  Shown value(const Snapshot::Entry& entry, std::uint32_t cpu, std::vector<std::byte>& bytes) const;
  std::optional<pid_t> pid_in_key(const Snapshot::Entry& entry) const;
  bool sort(std::vector<Row>& rows, const Snapshot& snapshot, const Stop& stop) const;
  bool is_same(const Row& row) const;
  bool before(const Row& a, const Row& b, const Snapshot& snapshot) const;
  int compare(std::size_t column, const Row& a, const Row& b, const Snapshot& snapshot) const;
  std::uint64_t rank(std::size_t column, const Row& row, const Snapshot& snapshot) const;
  void print_rows(const std::vector<Row>& rows, const Snapshot& snapshot, const Stop& stop);
  void print_row(const Row& row, const Snapshot& snapshot);
  void print_json(const Row& row, const Snapshot& snapshot);
  void say_schema();
  void print_heading(std::size_t rows, std::size_t shown, const Snapshot& snapshot);
  /// Says that so many entries cannot be told from another one.
  void tell_alike(std::size_t entries);
  std::optional<std::size_t> sort_column() const;
  /// Makes each column of a text table as wide as its widest cell: all rows are known.
  void fit(const std::vector<Row>& rows, const Snapshot& snapshot);
  const MapSpec& spec() const { return map_.spec(); }
  bool has_stacks_below() const { return stacks_ == RecordCells::Stacks::below; }

  const Map& map_;
  TableOutput& output_;
  const MapView& view_;
  std::optional<CpuSum> sum_;  ///< numbers for each CPU: their sums are shown
  RecordCells key_, value_;
  std::optional<RecordCells> long_sum_, wide_sum_;
  std::vector<report::Column> columns_;  ///< all
  std::vector<std::size_t> in_row_;      ///< which of them: all but stacks that stand below their row
  std::vector<report::Column> printed_;  ///< those
  RecordCells::Stacks stacks_ = RecordCells::Stacks::in_row;
  bool each_cpu_ = false;  ///< something else for each CPU: a row for each
  std::optional<std::size_t> sort_by_;
  std::string json_start_;  ///< of the object of an entry, up to its key
  std::string json_;
};

/// For whoever asks for an end while a large map is read, sorted or printed, and gets it at once: says so. False.
bool tell_interrupted(TableOutput& output, const std::string& map, std::size_t entries);

/// Whether the map has entries that people want to see: not buffers, stacks, programs.
bool is_shown(const MapSpec& spec);

/// Calls use(probe, map) for each map that is `wanted`, by its name; for one that is shared, once.
template <class Wanted, class Use>
void for_each_map(std::deque<Probe>& probes, Wanted wanted, Use use) {
  std::set<std::string> done;
  for (auto& probe : probes)
    for (const auto& map : probe.loaded().maps()) {
      const auto& name = map->spec().name;
      const bool again = !done.insert(name).second && is_shared(probe.source(), map->spec());
      if (!again && wanted(name)) use(probe, *map);
    }
}

}  // namespace sonda::present
