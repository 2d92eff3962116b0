#include "present/histogram_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "read/cpu_sum.h"
#include "source/histograms.h"

namespace sonda::present {
namespace {

/// The field of a key that says which slot: called so, or the last.
std::size_t slot_field(const Type& key) {
  const auto named = std::ranges::find_if(
      key.fields, [](const Field& field) { return field.name == "slot" || field.name == "bucket"; });
  return static_cast<std::size_t>((named == key.fields.end() ? named - 1 : named) - key.fields.begin());
}

/// The rest of the key.
std::string section(const report::Row& row, std::size_t slot) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i == slot) continue;
    text += (text.empty() ? "" : " ") + cell_text(row[i]);
  }
  return text;
}

}  // namespace

bool is_histogram(const ProbeSource& source, const MapSpec& spec) {
  const auto names = find_histograms(source.text());
  return std::ranges::find(names, spec.name) != names.end();
}

void print_histogram(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output) {
  const auto& spec = map.spec();
  const RecordCells cells(spec.key, spec.name, "key", source, loaded, resources);
  const auto& key = spec.key.types.front();
  const bool has_fields = key.kind == Kind::structure && !key.fields.empty();
  const bool keyed = has_fields && key.fields.size() > 1;
  const auto slot = keyed ? slot_field(key) : 0;
  std::map<std::string, std::vector<report::Bucket>> sections;
  const auto snapshot = Table(map).snapshot();
  for (const auto& entry : snapshot) {
    const auto count = count_of(entry);
    if (count == 0) continue;
    report::Row row;
    std::string name;
    if (keyed) {
      cells.append(row, entry.key);
      name = section(row, slot);
    }
    const auto where = has_fields ? entry.key[key.fields[slot].name] : entry.key;
    sections[name].push_back({where.i64(), count});
  }
  if (sections.empty()) output.line("\n" + spec.name + ": 0 entries");
  for (const auto& [name, buckets] : sections)
    print_one_histogram({spec.name, name, spec.name}, buckets,
                        spec.by_power ? report::Scale::log2 : report::Scale::linear, output);
}

void print_one_histogram(const HistogramTitle& title, std::span<const report::Bucket> buckets, report::Scale scale,
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
    auto text = (key.empty() ? std::string("\n") : report::histogram_section(label, key)) +
                report::histogram_text(scale, buckets, label, output.histogram_width());
    while (text.ends_with('\n')) text.pop_back();
    output.line(text);
    return;
  }
  static const std::vector<report::Column> columns{
      {.header = "key", .key = "key"}, {.header = "slot", .key = "slot"}, {.header = "count", .key = "count"}};
  for (const auto& bucket : buckets) output.row(map, columns, {key, bucket.index, bucket.count});
}

}  // namespace sonda::present
