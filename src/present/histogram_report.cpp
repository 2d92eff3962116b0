#include "present/histogram_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "read/cpu_sum.h"
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

}  // namespace sonda::present
