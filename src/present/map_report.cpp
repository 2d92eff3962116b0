#include "present/map_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "present/entry.h"
#include "read/alike_keys.h"
#include "read/map_types.h"
#include "read/types.h"
#include "report/json_line.h"

namespace sonda::present {
namespace {

bool is_number(const Schema& schema) { return !schema.empty() && is_plain_integer(schema.types.front()); }

/// Whether more of it is more, as of times and sizes, rather than something else, as of addresses.
bool is_amount(const std::optional<Show>& as) {
  return !as || *as == Show::duration || *as == Show::bytes || *as == Show::time;
}

/// Numbers by size and before text, text by its bytes.
bool less(const report::Cell& a, const report::Cell& b) {
  if (a.index() != b.index()) return a.index() > b.index();
  return a < b;
}

/// What is sorted in place of the entries, which are large.
struct Ranked {
  std::uint64_t rank;
  std::size_t index;
};

/// A number that orders most cells as less() does: the smaller one is never the greater cell.
std::uint64_t rank(const report::Cell& cell) {
  // Kinds in the order of less(): numbers without a sign, with one, and everything else.
  constexpr std::uint64_t signed_from = 1ULL << 63;
  if (const auto* number = std::get_if<std::uint64_t>(&cell)) return *number >> 1;
  if (const auto* number = std::get_if<std::int64_t>(&cell))
    return signed_from + ((static_cast<std::uint64_t>(*number) + signed_from) >> 2);
  return std::holds_alternative<double>(cell) || std::holds_alternative<bool>(cell) ? 0 : ~0ULL;
}

}  // namespace

bool is_shown(const MapSpec& spec) {
  return spec.name != usdt_arguments_map && is_readable(spec) && !is_slots(spec.type) &&
         spec.type != BPF_MAP_TYPE_STACK_TRACE;
}

MapReport::MapReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output, const MapView& view)
    : map_(map),
      output_(output),
      view_(view),
      key_(map.spec().key, map.spec().name, "key", source, loaded, resources),
      value_(map.spec().value, map.spec().name, "value", source, loaded, resources),
      each_cpu_(is_per_cpu(map.spec().type) && !can_sum(map.spec().value)) {
  if (is_per_cpu(map.spec().type) && !each_cpu_) sum_.emplace(map.spec().value);
  json_start_ = fmt::format(R"({{"type":"entry","map":"{}","key":)", spec().name);
  const auto add_columns = [&](const RecordCells& part) {
    for (const auto& column : part.columns()) {
      columns_.push_back(column.column);
      is_stack_.push_back(output.text() && column.as == Show::stack);
    }
  };
  add_columns(key_);
  if (each_cpu_) {
    columns_.push_back({.header = "CPU", .key = "cpu", .align = report::Align::right});
    is_stack_.push_back(false);
  }
  add_columns(value_);
}

struct MapReport::Entry {
  report::Row cells;
  std::vector<std::string> stacks;  ///< lines that stand below the row
  std::string json;                 ///< the object, without the line's end
  report::Row values;               ///< what is sorted by; empty: the cells
  const report::Row& order() const { return values.empty() ? cells : values; }
};

MapReport::Entry MapReport::row(const Snapshot::Entry& entry, const RecordView& value,
                                std::optional<std::uint32_t> cpu) const {
  Entry result;
  key_.append(result.cells, entry.key);
  if (cpu) result.cells.emplace_back(std::uint64_t{*cpu});
  const auto pid = pid_in_key(entry);
  value_.append(result.cells, value, pid);
  if (key_.shows_otherwise() || value_.shows_otherwise()) {
    key_.append_plain(result.values, entry.key);
    if (cpu) result.values.emplace_back(std::uint64_t{*cpu});
    value_.append_plain(result.values, value);
  }
  if (std::ranges::find(is_stack_, true) != is_stack_.end()) {
    key_.append_stacks(result.stacks, entry.key);
    value_.append_stacks(result.stacks, value, pid);
  }
  return result;
}

std::optional<pid_t> MapReport::pid_in_key(const Snapshot::Entry& entry) const {
  return value_.needs_pid() ? pid_beside(entry.key) : std::nullopt;
}

std::string MapReport::json(const Snapshot::Entry& entry, const RecordView& value) const {
  const auto pid = pid_in_key(entry);
  std::string line = json_start_;
  bool written = key_.append_json(line, entry.key);
  if (written && !each_cpu_) {
    line += R"(,"value":)";
    written = value_.append_json(line, value, pid);
  }
  if (written && entry.cpus > 1) {
    line += R"(,"cpus":[)";
    for (std::uint32_t cpu = 0; written && cpu < entry.cpus; ++cpu) {
      if (cpu != 0) line += ',';
      written = value_.append_json(line, entry.on_cpu(cpu), pid);
    }
    line += ']';
  }
  return written ? line += '}' : json_by_tree(entry, value, pid);
}

/// Whatever the values are.
std::string MapReport::json_by_tree(const Snapshot::Entry& entry, const RecordView& value,
                                    std::optional<pid_t> pid) const {
  Json json{{"type", "entry"}, {"map", spec().name}, {"key", key_.json(entry.key)}};
  if (!each_cpu_) json["value"] = value_.json(value, pid);
  if (entry.cpus > 1) {
    auto cpus = Json::array();
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) cpus.push_back(value_.json(entry.on_cpu(cpu), pid));
    json["cpus"] = std::move(cpus);
  }
  auto line = report::json_line(json);
  line.pop_back();
  return line;
}

/// A row for the entry; where CPUs cannot be added, one for each CPU that has something.
void MapReport::append(std::vector<Entry>& entries, const Snapshot::Entry& entry) const {
  std::vector<std::byte> bytes;
  const auto value = sum_ ? sum_->of(entry, bytes) : entry.value;
  if (!each_cpu_ || output_.json()) {
    entries.push_back(row(entry, value, each_cpu_ ? std::optional(0U) : std::nullopt));
    if (output_.json()) entries.back().json = json(entry, value);
    return;
  }
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
    if (!is_zero(entry.on_cpu(cpu))) entries.push_back(row(entry, entry.on_cpu(cpu), cpu));
}

void MapReport::print() {
  const auto snapshot = view_.read(map_);
  std::vector<Entry> entries;
  // Of an array every entry is there always; one that nobody set says nothing.
  const bool skips = is_array(spec().type);
  for (std::size_t i = 0; i < snapshot.size(); ++i)
    if (!skips || !is_zero(snapshot, i)) append(entries, snapshot[i]);
  sort(entries);
  const auto all = entries.size();
  if (view_.top && entries.size() > *view_.top) entries.resize(*view_.top);
  const auto part = entries.size() < all ? fmt::format(", the first {} shown", entries.size()) : std::string();
  const auto* full = all >= spec().max_entries && can_be_full(spec().type) ? ", full" : "";
  output_.line(
      fmt::format("\n{}: {} {}{}{}{}", spec().name, all, all == 1 ? "entry" : "entries", full, part,
                  snapshot.info().complete ? "" : " (some may be missing: the map changed while it was read)"));
  if (output_.json() && !snapshot.info().complete) output_.object({{"type", "incomplete"}, {"map", spec().name}});
  print_entries(entries);
  if (const auto alike = count_alike_keys(snapshot, spec().key)) tell_alike(alike);
}

void MapReport::tell_alike(std::size_t entries) {
  if (output_.json()) return output_.object({{"type", "alike_keys"}, {"map", spec().name}, {"entries", entries}});
  output_.line(
      fmt::format("{} of these {} the key of another but for bytes that no field holds; clear keys before they "
                  "are filled: __builtin_memset(&key, 0, sizeof(key))",
                  entries, entries == 1 ? "has" : "have"));
}

void MapReport::print_entry(std::span<const std::byte> key) {
  const auto found = Table(map_).entry(key);
  if (found.empty()) return;
  std::vector<Entry> entries;
  append(entries, found[0]);
  if (entries.empty()) entries.push_back(row(found[0], found[0].value, 0));  // zero on every CPU
  print_entries(entries);
}

void MapReport::print_entries(const std::vector<Entry>& entries) {
  report::Output::Batch batch(output_.output());
  if (output_.json()) {
    for (const auto& entry : entries) output_.object_line(entry.json);
    return batch.end();
  }
  const auto columns = without_stacks(output_.text() ? fitted(entries) : columns_, is_stack_);
  const bool below = std::ranges::find(is_stack_, true) != is_stack_.end();
  for (const auto& entry : entries) {
    output_.row(spec().name, columns, below ? without_stacks(entry.cells, is_stack_) : entry.cells);
    if (below) output_.below_row(entry.stacks);
  }
  batch.end();
}

std::vector<std::string> MapReport::column_names() const {
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(column.key);
  return names;
}

std::optional<std::size_t> MapReport::find_column(const std::string& name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].key == name || columns_[i].header == name) return i;
  return std::nullopt;
}

std::optional<std::size_t> MapReport::sort_column() const {
  if (const auto named = find_column(view_.sort)) return named;
  if (value_.columns().size() == 1 && is_number(spec().value) && is_amount(value_.columns()[0].as))
    return columns_.size() - 1;
  return std::nullopt;
}

void MapReport::sort(std::vector<Entry>& entries) const {
  if (columns_.empty()) return;
  const auto by = sort_column();
  std::vector<Ranked> order;
  order.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& values = entries[i].order();
    order.push_back({by ? ~rank(values[*by]) : rank(values.front()), i});
  }
  std::ranges::sort(order, [&](const Ranked& a, const Ranked& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    const auto &left = entries[a.index].order(), &right = entries[b.index].order();
    if (by && left[*by] != right[*by]) return less(right[*by], left[*by]);
    if (left != right) return std::ranges::lexicographical_compare(left, right, less);
    return a.index < b.index;
  });
  std::vector<Entry> sorted;
  sorted.reserve(entries.size());
  for (const auto& each : order) sorted.push_back(std::move(entries[each.index]));
  entries = std::move(sorted);
}

/// All rows are known: each column is as wide as its widest cell.
std::vector<report::Column> MapReport::fitted(const std::vector<Entry>& entries) const {
  auto columns = columns_;
  for (auto& column : columns) column.width = column.header.size();
  for (const auto& entry : entries) widen(columns, entry.cells);
  return columns;
}

}  // namespace sonda::present
