#include "present/map_kinds.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/spell.h"
#include "read/cpu_sum.h"
#include "read/stacks.h"
#include "read/place.h"
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

/// The process's name, from a field of text; else from its pid.
std::string process_name(const RecordView& key, const std::optional<pid_t>& pid, ShowResources& resources) {
  if (key.type().kind == Kind::structure)
    for (const char* field : {"comm", "name"})
      if (std::ranges::find(key.type().fields, field, &Field::name) != key.type().fields.end() &&
          key[field].type().kind == Kind::array)
        return key[field].text();
  if (!pid) return {};
  auto name = resources.names.find(*pid);
  return name.empty() ? fmt::format("pid {}", *pid) : name;
}

/// Outermost first, those of the process before those of the kernel that it called.
void append(std::vector<report::Frame>& frames, const std::vector<ShownFrame>& stack) {
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) frames.push_back({frame->name, frame->kernel});
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

std::vector<report::CountedStack> counted_stacks(const Map& map, const ProbeSource& source, const LoadedImage& loaded,
                                                 ShowResources& resources) {
  const auto& spec = map.spec();
  if (spec.key.empty() || !is_number(spec.value)) return {};
  const RecordCells key(spec.key, spec.name, "key", source, loaded, resources);
  const auto is_stack = [](const RecordColumn& column) { return column.as == Show::stack; };
  if (std::ranges::none_of(key.columns(), is_stack)) return {};

  std::vector<report::CountedStack> result;
  const auto snapshot = Table(map).snapshot();
  for (const auto& entry : snapshot) {
    const auto pid = pid_beside(entry.key);
    report::CountedStack counted{.frames = {}, .count = count_of(entry)};
    if (auto name = process_name(entry.key, pid, resources); !name.empty()) counted.frames.push_back({name, false});
    std::vector<ShownFrame> of_kernel;
    for (const auto& column : key.columns()) {
      if (!is_stack(column)) continue;
      const auto id = stack_id(column.name.empty() ? entry.key : entry.key[column.name]);
      const auto frames = id < 0 ? std::vector<ShownFrame>() : show_stack(id, {pid, column.stacks}, resources);
      if (!frames.empty() && frames.front().kernel)
        of_kernel = frames;
      else
        append(counted.frames, frames);
    }
    append(counted.frames, of_kernel);
    result.push_back(std::move(counted));
  }
  return result;
}

}  // namespace sonda::present
