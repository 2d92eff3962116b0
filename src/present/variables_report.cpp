#include "present/variables_report.h"

#include <fmt/format.h>

#include "image/spell.h"
#include "present/record_cells.h"
#include "sonda/table.h"

namespace sonda::present {
namespace {

/// No more than fit into it: programs may push while this goes on.
std::vector<std::vector<std::byte>> values_of(const Map& map, bool take) {
  const Table table(map);
  const std::size_t most = take ? map.spec().max_entries : 1;
  std::vector<std::vector<std::byte>> values;
  while (values.size() < most) {
    auto value = take ? table.pop_bytes() : table.peek_bytes();
    if (!value) break;
    values.push_back(std::move(*value));
  }
  return values;
}

std::string title(const MapSpec& spec, std::size_t count, bool take) {
  if (count == 0) return fmt::format("\n{}: empty", spec.name);
  if (!take) return fmt::format("\n{}: the next value", spec.name);
  return fmt::format("\n{}: {} {}", spec.name, count, count == 1 ? "value" : "values");
}

}  // namespace

bool has_variables(const MapSpec& spec) {
  return spec.holds != Holds::entries && !spec.value.empty() && !spec.value.types.front().fields.empty();
}

void print_variables(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output) {
  const auto& spec = map.spec();
  const RecordCells cells(spec.value, spec.name, "value", source, loaded, resources);
  const auto snapshot = Table(map).snapshot();
  if (snapshot.empty()) return;
  const auto record = snapshot[0].value;
  report::Row values;
  cells.append(values, record);

  const auto& fields = spec.value.types.front().fields;
  const auto* what = spec.holds == Holds::constants ? "constant" : "variable";
  output.line(fmt::format("\n{}: {} {}{}", spec.name, fields.size(), what, fields.size() == 1 ? "" : "s"));
  static const std::vector<report::Column> columns{
      {.header = "NAME", .key = "name"}, {.header = "TYPE", .key = "value_type"}, {.header = "VALUE", .key = "value"}};
  std::vector<report::Row> rows;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto type = spell(spec.value, fields[i].type);
    if (!output.json()) {
      rows.push_back({fields[i].name, type, values.at(i)});
      continue;
    }
    auto line = fmt::format(R"({{"type":"{}","map":"{}","name":"{}","value_type":)", what, spec.name, fields[i].name);
    report::append_json(line, type);
    line += R"(,"value":)";
    cells.append_json(line, i, record);
    output.object_line(line += '}');
  }
  output.rows(spec.name, columns, rows);
}

bool is_queue(const MapSpec& spec) { return spec.type == BPF_MAP_TYPE_QUEUE || spec.type == BPF_MAP_TYPE_STACK; }

void print_queue(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                 TableOutput& output, bool take) {
  const auto& spec = map.spec();
  const RecordCells cells(spec.value, spec.name, "value", source, loaded, resources);
  const auto values = values_of(map, take);
  output.line(title(spec, values.size(), take));
  std::vector<report::Column> columns;
  for (const auto& column : cells.columns()) columns.push_back(column.column);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const RecordView record(values[i], spec.value);
    if (output.json()) {
      auto line = fmt::format(R"({{"type":"entry","map":"{}","key":{},"value":)", spec.name, i);
      cells.append_json(line, record);
      output.object_line(line += '}');
      continue;
    }
    cells.print(output.begin_row(spec.name, columns), record);
    output.end_row();
  }
}

}  // namespace sonda::present
