#include "present/map_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "read/alike_keys.h"
#include "read/batch.h"
#include "read/map_types.h"
#include "read/place.h"
#include "source/show_kinds.h"

namespace sonda::present {
namespace {

/// Whether more of it is more, as of times and sizes, rather than something else, as of addresses.
bool is_amount(const std::optional<Show>& as) { return !as || !kind_of(*as).unit.empty(); }

}  // namespace

bool is_shown(const MapSpec& spec) {
  return spec.name != usdt_arguments_map && is_readable(spec) && !is_slots(spec.type) &&
         spec.type != BPF_MAP_TYPE_STACK_TRACE;
}

bool tell_interrupted(TableOutput& output, const std::string& map, std::size_t entries) {
  if (output.json())
    output.object({{"type", "interrupted"}, {"map", map}, {"entries", entries}});
  else
    output.line(fmt::format("\n{}: interrupted, {} {} read", map, entries, entries == 1 ? "entry" : "entries"));
  return false;
}

MapReport::MapReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output, const MapView& view)
    : map_(map),
      output_(output),
      view_(view),
      key_(map.spec().key, map.spec().name, "key", source, loaded, resources),
      value_(map.spec().value, map.spec().name, "value", source, loaded, resources),
      each_cpu_(is_per_cpu(map.spec().type) && !can_sum(map.spec().value)) {
  if (is_per_cpu(map.spec().type) && !each_cpu_) {
    sum_.emplace(map.spec().value);
    long_sum_.emplace(value_, sum_->numbers());
    wide_sum_.emplace(value_, sum_->texts());
  }
  json_start_ = fmt::format(R"({{"type":"entry","map":"{}","key":)", spec().name);
  const auto add_column = [&](const report::Column& column, bool is_below) {
    columns_.push_back(column);
    if (is_below)
      stacks_ = RecordCells::Stacks::below;
    else
      in_row_.push_back(columns_.size() - 1);
  };
  const auto add_columns = [&](const RecordCells& part) {
    for (const auto& column : part.columns()) add_column(column.column, output.text() && column.as == Show::stack);
  };
  add_columns(key_);
  if (each_cpu_) add_column({.header = "CPU", .key = "cpu", .align = report::Align::right}, false);
  add_columns(value_);
  for (const auto i : in_row_) printed_.push_back(columns_[i]);
  sort_by_ = sort_column();
}

std::optional<pid_t> MapReport::pid_in_key(const Snapshot::Entry& entry) const {
  return value_.needs_pid() ? pid_beside(entry.key) : std::nullopt;
}

/// `bytes` keeps a sum.
MapReport::Shown MapReport::value(const Snapshot::Entry& entry, std::uint32_t cpu,
                                  std::vector<std::byte>& bytes) const {
  if (!sum_) return {each_cpu_ ? entry.on_cpu(cpu) : entry.value, &value_, false};
  const auto sum = sum_->of(entry, bytes);
  const bool is_wide = &sum.type() == &sum_->texts().types.front();
  return {sum, is_wide ? &*wide_sum_ : &*long_sum_, is_wide};
}

MapReport::Row MapReport::row(const Snapshot& snapshot, std::size_t index, std::uint32_t cpu) const {
  Row row{.index = static_cast<std::uint32_t>(index), .cpu = cpu};
  if (sort_by_) row.first = ~rank(*sort_by_, row, snapshot);
  const auto first = columns_.empty() ? 0 : rank(0, row, snapshot);
  (sort_by_ ? row.second : row.first) = first;
  return row;
}

/// A row for the entry; where CPUs cannot be added, one for each CPU that has something.
void MapReport::append(std::vector<Row>& rows, const Snapshot& snapshot, std::size_t index) const {
  // Of an array every entry is there always; one that nobody set says nothing.
  if (is_array(spec().type) && is_zero(snapshot[index])) return;
  if (!each_cpu_ || output_.json()) {
    rows.push_back(row(snapshot, index, 0));
    return;
  }
  for (std::uint32_t cpu = 0; cpu < snapshot.cpus(); ++cpu)
    if (!is_all_zero(snapshot.value_bytes(index, cpu))) rows.push_back(row(snapshot, index, cpu));
}

bool MapReport::print() {
  const auto& stop = view_.stop;
  const auto snapshot = view_.read(map_);
  if (snapshot.info().cut) return tell_interrupted(output_, spec().name, snapshot.size());
  std::vector<Row> rows;
  rows.reserve(snapshot.size());
  for (std::size_t i = 0; i < snapshot.size(); ++i) append(rows, snapshot, i);
  const auto all = rows.size();
  if (!sort(rows, snapshot, stop)) return tell_interrupted(output_, spec().name, all);
  print_heading(all, rows.size(), snapshot);
  print_rows(rows, snapshot, stop);
  if (stop()) return tell_interrupted(output_, spec().name, all);
  if (const auto alike = count_alike_keys(snapshot, spec().key)) tell_alike(alike);
  return true;
}

void MapReport::print_heading(std::size_t rows, std::size_t shown, const Snapshot& snapshot) {
  if (output_.json()) {
    if (!snapshot.info().complete) output_.object({{"type", "incomplete"}, {"map", spec().name}});
    return;
  }
  const auto part = shown < rows ? fmt::format(", the first {} shown", shown) : std::string();
  const auto* full = rows >= spec().max_entries && can_be_full(spec().type) ? ", full" : "";
  output_.line(
      fmt::format("\n{}: {} {}{}{}{}", spec().name, rows, rows == 1 ? "entry" : "entries", full, part,
                  snapshot.info().complete ? "" : " (some may be missing: the map changed while it was read)"));
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
  std::vector<Row> rows;
  append(rows, found, 0);
  if (rows.empty()) rows.push_back(row(found, 0, 0));  // zero on every CPU
  print_rows(rows, found, [] { return false; });
}

void MapReport::print_rows(const std::vector<Row>& rows, const Snapshot& snapshot, const Stop& stop) {
  report::Output::Batch batch(output_.output());
  if (output_.json() && !rows.empty() && output_.wants_schema(spec().name)) say_schema();
  if (output_.text()) fit(rows, snapshot);
  std::size_t printed = 0;
  for (const auto& row : rows) {
    if (++printed % 1024 == 0 && stop()) break;
    if (output_.json())
      print_json(row, snapshot);
    else
      print_row(row, snapshot);
  }
  batch.end();
}

void MapReport::print_row(const Row& row, const Snapshot& snapshot) {
  const auto entry = snapshot[row.index];
  std::vector<std::byte> bytes;
  const auto [record, cells, is_wide] = value(entry, row.cpu, bytes);
  const auto pid = pid_in_key(entry);
  auto& cell = output_.begin_row(spec().name, printed_);
  key_.print(cell, entry.key, {}, stacks_);
  if (each_cpu_) cell.number(std::uint64_t{row.cpu});
  cells->print(cell, record, pid, stacks_);
  output_.end_row();
  if (!has_stacks_below()) return;
  std::vector<std::string> lines;
  key_.append_stacks(lines, entry.key);
  value_.append_stacks(lines, record, pid);
  output_.below_row(lines);
}

void MapReport::print_json(const Row& row, const Snapshot& snapshot) {
  const auto entry = snapshot[row.index];
  const auto pid = pid_in_key(entry);
  json_ = json_start_;
  key_.append_json(json_, entry.key);
  if (!each_cpu_) {
    std::vector<std::byte> bytes;
    const auto [record, cells, is_wide] = value(entry, 0, bytes);
    json_ += R"(,"value":)";
    cells->append_json(json_, record, pid);
  }
  if (entry.cpus > 1) {
    json_ += R"(,"cpus":[)";
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) {
      if (cpu != 0) json_ += ',';
      value_.append_json(json_, entry.on_cpu(cpu), pid);
    }
    json_ += ']';
  }
  output_.object_line(json_ += '}');
}

void MapReport::say_schema() {
  json_ = fmt::format(R"({{"type":"schema","map":"{}","key":)", spec().name);
  key_.append_schema(json_);
  json_ += R"(,"value":)";
  value_.append_schema(json_);
  output_.object_line(json_ += '}');
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

std::uint64_t MapReport::rank(std::size_t column, const Row& row, const Snapshot& snapshot) const {
  const auto entry = snapshot[row.index];
  const auto keys = key_.columns().size();
  if (column < keys) return key_.rank(column, entry.key);
  if (each_cpu_ && column == keys) return row.cpu;
  std::vector<std::byte> bytes;
  const auto [record, cells, is_wide] = value(entry, row.cpu, bytes);
  // Sums that need more than 64 bits are the largest.
  return is_wide ? ~0ULL : cells->rank(column - keys - (each_cpu_ ? 1 : 0), record);
}

int MapReport::compare(std::size_t column, const Row& a, const Row& b, const Snapshot& snapshot) const {
  const auto left = snapshot[a.index], right = snapshot[b.index];
  const auto keys = key_.columns().size();
  if (column < keys) return key_.compare(column, left.key, right.key);
  if (each_cpu_ && column == keys) return a.cpu < b.cpu ? -1 : a.cpu > b.cpu ? 1 : 0;
  std::vector<std::byte> of_left, of_right;
  const auto one = value(left, a.cpu, of_left), other = value(right, b.cpu, of_right);
  if (one.is_wide != other.is_wide) return one.is_wide ? 1 : -1;
  return one.cells->compare(column - keys - (each_cpu_ ? 1 : 0), one.record, other.record);
}

/// Whether rows of this one's rank have the same value there; sums of more than 64 bits share one.
bool MapReport::is_same(const Row& row) const {
  if (!sort_by_ || row.first == 0) return false;
  const auto keys = key_.columns().size(), others = keys + (each_cpu_ ? 1 : 0);
  if (*sort_by_ < keys) return key_.ranks_all(*sort_by_);
  return *sort_by_ < others || value_.ranks_all(*sort_by_ - others);
}

/// Rows of the same rank. The largest of the column that is sorted by come first, else the smallest of the first one.
bool MapReport::before(const Row& a, const Row& b, const Snapshot& snapshot) const {
  if (sort_by_ && !is_same(a))
    if (const auto order = compare(*sort_by_, b, a, snapshot)) return order < 0;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (const auto order = compare(column, a, b, snapshot)) return order < 0;
  return a.index < b.index;
}

/// Also leaves no more of them than are wanted. False, in no order, if it was to stop.
bool MapReport::sort(std::vector<Row>& rows, const Snapshot& snapshot, const Stop& stop) const {
  struct Stopped {};
  std::size_t compared = 0;
  const auto order = [&](const Row& a, const Row& b) {
    if (++compared % 65536 == 0 && stop()) throw Stopped();
    if (a.first != b.first) return a.first < b.first;
    if (is_same(a) && a.second != b.second) return a.second < b.second;
    return before(a, b, snapshot);
  };
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(view_.top.value_or(rows.size()), rows.size()));
  try {
    if (wanted == rows.size())
      std::ranges::sort(rows, order);
    else
      std::ranges::partial_sort(rows, rows.begin() + static_cast<std::ptrdiff_t>(wanted), order);
  } catch (const Stopped&) {
    return false;
  }
  rows.resize(wanted);
  return true;
}

void MapReport::fit(const std::vector<Row>& rows, const Snapshot& snapshot) {
  std::vector<std::size_t> widths;
  for (const auto& column : columns_) widths.push_back(column.header.size());
  const auto keys = key_.columns().size(), cpus = std::size_t{each_cpu_};
  const auto all = std::span(widths);
  std::vector<std::byte> bytes;
  for (const auto& row : rows) {
    const auto entry = snapshot[row.index];
    const auto [record, cells, is_wide] = value(entry, row.cpu, bytes);
    key_.measure(all.first(keys), entry.key, {}, stacks_);
    if (each_cpu_) widths[keys] = std::max(widths[keys], fmt::formatted_size("{}", row.cpu));
    cells->measure(all.subspan(keys + cpus), record, pid_in_key(entry), stacks_);
  }
  for (std::size_t i = 0; i < in_row_.size(); ++i) printed_[i].width = widths[in_row_[i]];
}

}  // namespace sonda::present
