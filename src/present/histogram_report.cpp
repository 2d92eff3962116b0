#include "present/histogram_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "read/cpu_sum.h"
#include "read/place.h"
#include "sonda/error.h"
#include "sonda/table.h"
#include "source/show_kinds.h"

namespace sonda::present {
namespace {

/// One histogram of several.
struct Section {
  std::string name;  ///< of its key
  std::vector<report::Bucket> buckets;
  std::uint64_t count = 0;
};

/// The fields of the key but for the slot.
std::string name_of(const report::Row& row, std::size_t slot) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (i != slot) text += (text.empty() ? "" : " ") + cell_text(row[i]);
  return text;
}

/// In the order of their keys: numbers as numbers, whatever they are shown as.
std::vector<Section> sections_of(const Snapshot& snapshot, const MapSpec& spec, const RecordCells& cells) {
  const auto& key = spec.key.types.front();
  const auto slot = slot_field(key);
  const bool keyed = slot && key.fields.size() > 1;
  std::map<report::Row, Section> sections;
  for (const auto& entry : snapshot) {
    const auto count = count_of(entry);
    if (count == 0) continue;
    report::Row order, row;
    if (keyed) {
      cells.append_plain(order, entry.key);
      if (*slot < order.size()) order[*slot] = {};
    }
    auto& section = sections[order];
    if (keyed && section.buckets.empty()) {
      cells.append(row, entry.key);
      section.name = name_of(row, *slot);
    }
    section.buckets.push_back({(slot ? entry.key.field(*slot) : entry.key).i64(), count});
    section.count += count;
  }
  std::vector<Section> all;
  for (auto& [order, section] : sections) all.push_back(std::move(section));
  return all;
}

/// What the values are: the slot's name and its unit.
std::string label_of(const MapSpec& spec, const RecordCells& cells) {
  const auto slot = slot_field(spec.key.types.front()).value_or(0);
  if (slot >= cells.columns().size()) return spec.name;
  const auto& [name, as, stacks, column] = cells.columns()[slot];
  const auto label = name.empty() || name == "slot" || name == "bucket" ? spec.name : name;
  return as && !kind_of(*as).label.empty() ? fmt::format("{} ({})", label, kind_of(*as).label) : label;
}

/// Where in an entry the number is.
struct Number {
  bool in_key = false;
  std::string field;  ///< empty: the whole of it
};

/// Fields that are numbers.
std::vector<std::string> numbers_of(const Schema& schema) {
  std::vector<std::string> names;
  if (schema.empty()) return names;
  for (const auto& field : schema.types.front().fields)
    if (!field.name.empty() && is_plain_integer(schema.types.at(field.type))) names.push_back(field.name);
  return names;
}

Number find_number(const MapSpec& spec, const std::string& column) {
  const auto of_value = numbers_of(spec.value), of_key = numbers_of(spec.key);
  const auto has = [&](const auto& names) { return std::ranges::find(names, column) != names.end(); };
  if (is_number(spec.value) && (column.empty() || column == "value")) return {};
  if (column.empty() && of_value.size() == 1) return {.field = of_value.front()};
  if (has(of_value)) return {.field = column};
  if (has(of_key)) return {.in_key = true, .field = column};
  if (is_number(spec.key) && column == "key") return {.in_key = true};
  auto names = of_value;
  names.insert(names.end(), of_key.begin(), of_key.end());
  if (is_number(spec.key)) names.emplace_back("key");
  const auto there = names.empty() ? "its entries have no numbers" : "there are: " + join(names, ", ");
  if (column.empty()) throw Error(Stage::usage, spec.name, "which number is not clear", there);
  throw Error(Stage::usage, spec.name + "." + column, "there is no such number", did_you_mean(column, names, there));
}

std::uint64_t number_in(const RecordView& record, const std::string& field) {
  return (field.empty() ? record : record[field]).u64();
}

/// What stands beside one histogram.
struct HistogramTitle {
  std::string map;
  std::string key;    ///< which of several; may be empty
  std::string label;  ///< what the values are
};

/// As wide as the terminal, but not wider than BCC's.
void print_one_histogram(const HistogramTitle& title, std::span<const report::Bucket> buckets, Slots scale,
                         TableOutput& output) {
  const auto& [map, key, label] = title;
  if (output.json()) {
    report::Json object{{"type", "histogram"}, {"map", map}};
    if (!key.empty()) object["key"] = key;
    object.update(report::histogram_json(scale, buckets, label));
    output.object(object);
    return;
  }
  if (output.text()) {
    auto text = (key.empty() ? std::string("\n") : report::histogram_section(map, key)) +
                report::histogram_text(scale, buckets, label, output.histogram_width(), true);
    while (text.ends_with('\n')) text.pop_back();
    output.line(text);
    return;
  }
  static const std::vector<report::Column> columns{
      {.header = "key", .key = "key"}, {.header = "slot", .key = "slot"}, {.header = "count", .key = "count"}};
  for (const auto& bucket : buckets) output.row(map, columns, {key, bucket.index, bucket.count});
}

}  // namespace

bool print_histogram(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output, const MapView& view) {
  const auto& spec = map.spec();
  const RecordCells cells(spec.key, spec.name, "key", source, loaded, resources);
  const auto snapshot = view.read(map);
  if (snapshot.info().cut) return tell_interrupted(output, spec.name, snapshot.size());
  auto sections = sections_of(snapshot, spec, cells);
  if (sections.empty()) output.line("\n" + spec.name + ": 0 entries");
  if (view.top && sections.size() > *view.top) {
    output.line(fmt::format("\n{}: {} histograms, the first {} shown", spec.name, sections.size(), *view.top));
    std::ranges::stable_sort(sections, std::ranges::greater(), &Section::count);
    sections.resize(*view.top);
  }
  const auto label = label_of(spec, cells);
  for (const auto& section : sections)
    print_one_histogram({spec.name, section.name, label}, section.buckets, spec.slots, output);
  return true;
}

void print_value_histogram(const Map& map, const std::string& column, TableOutput& output) {
  const auto& spec = map.spec();
  const auto number = find_number(spec, column);
  std::vector<report::Bucket> buckets;
  const auto snapshot = Table(map).snapshot();
  for (const auto& entry : snapshot) {
    std::uint64_t sum = 0;
    if (number.in_key) sum = number_in(entry.key, number.field);
    for (std::uint32_t cpu = 0; !number.in_key && cpu < entry.cpus; ++cpu)
      sum += number_in(entry.on_cpu(cpu), number.field);
    // The first slot is of 0 and 1.
    buckets.push_back({std::max<std::int64_t>(static_cast<std::int64_t>(std::bit_width(sum)), 1), 1});
  }
  const auto& label = number.field.empty() ? spec.name : number.field;
  print_one_histogram({.map = spec.name, .key = {}, .label = label}, buckets, Slots::log2l, output);
}

}  // namespace sonda::present
