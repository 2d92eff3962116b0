#include "present/variables_report.h"

#include <fmt/format.h>

#include "image/spell.h"
#include "present/record_cells.h"
#include "sonda/table.h"

namespace sonda::present {

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
  std::vector<report::Column> columns{
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
  if (output.text())
    for (auto& column : columns) column.width = column.header.size();
  for (const auto& row : rows)
    if (output.text()) widen(columns, row);
  for (const auto& row : rows) output.row(spec.name, columns, row);
}

}  // namespace sonda::present
