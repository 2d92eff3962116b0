#include "cli/run/event_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sonda::cli {
namespace {

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

}  // namespace

EventReport::EventReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                         TableOutput& output)
    : spec_(map.spec()), output_(output), cells_(spec_.event, spec_.name, "event", source, loaded, resources) {
  for (const auto& column : cells_.columns()) {
    const bool below = output.text() && column.as == Show::stack;
    stacks_below_ = stacks_below_ || below;
    if (!below) columns_.push_back(column.column);
  }
}

void EventReport::print(const Event& event) {
  // What is shorter than its struct says of itself is no such struct.
  if (spec_.event.empty() || event.bytes.size() < spec_.event.size()) return print_bytes(event);
  const RecordView record(event.bytes, spec_.event);
  if (output_.json()) {
    output_.object({{"type", "event"}, {"map", spec_.name}, {"data", cells_.json(record)}});
    return;
  }
  report::Row row;
  if (!stacks_below_) {
    cells_.append(row, record);
    return output_.row(spec_.name, columns_, row);
  }
  cells_.append_but_stacks(row, record);
  output_.row(spec_.name, columns_, row);
  std::vector<std::string> lines;
  cells_.append_stacks(lines, record);
  output_.below_row(lines);
}

void EventReport::print_bytes(const Event& event) {
  if (output_.json()) {
    output_.object({{"type", "event"}, {"map", spec_.name}, {"bytes", hexadecimal(event.bytes)}});
    return;
  }
  static const std::vector<report::Column> columns{{.header = "BYTES", .key = "bytes"}};
  output_.row(spec_.name, columns, {hexadecimal(event.bytes)});
}

}  // namespace sonda::cli
