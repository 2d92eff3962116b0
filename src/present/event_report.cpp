#include "present/event_report.h"

#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "image/instructions.h"

namespace sonda::present {
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
  json_start_ = fmt::format(R"({{"type":"event","map":"{}","data":)", spec_.name);
  for (const auto& column : cells_.columns()) {
    if (output.text() && column.as == Show::stack)
      stacks_ = RecordCells::Stacks::below;
    else
      columns_.push_back(column.column);
  }
}

void EventReport::print(const Event& event) {
  if (spec_.event.empty()) return print_bytes(event);
  if (!needs_fitting(spec_.event, event.bytes.size())) return print_record(cells_, {event.bytes, spec_.event}, {});
  const auto& fitted = fitted_to(event.bytes.size());
  // A number that is not all there is none.
  if (fitted.part.schema.size() > event.bytes.size()) return print_bytes(event);
  print_record(fitted.cells, {event.bytes, fitted.part.schema}, fitted.part.missing);
}

const EventReport::Fitted& EventReport::fitted_to(std::size_t size) {
  if (!fitted_ || fitted_size_ != size) fitted_ = std::make_unique<Fitted>(cells_, spec_.event, size);
  fitted_size_ = size;
  return *fitted_;
}

void EventReport::print_record(const RecordCells& cells, const RecordView& record,
                               const std::vector<std::string>& missing) {
  if (output_.json()) {
    if (!std::exchange(schema_said_, true)) say_schema();
    json_ = json_start_;
    cells.append_json(json_, record);
    if (!missing.empty()) json_ += ",\"missing\":" + report::Json(missing).dump();
    return output_.object_line(json_ += '}');
  }
  cells.print(output_.begin_row(spec_.name, columns_), record, {}, stacks_);
  output_.end_row();
  if (stacks_ == RecordCells::Stacks::in_row) return;
  std::vector<std::string> lines;
  cells.append_stacks(lines, record);
  output_.below_row(lines);
}

void EventReport::say_schema() {
  if (!output_.wants_schema(spec_.name)) return;
  json_ = fmt::format(R"({{"type":"schema","map":"{}","data":)", spec_.name);
  cells_.append_schema(json_);
  output_.object_line(json_ += '}');
}

void EventReport::print_bytes(const Event& event) {
  if (output_.json()) {
    output_.object({{"type", "event"}, {"map", spec_.name}, {"bytes", hexadecimal(event.bytes)}});
    return;
  }
  static const std::vector<report::Column> columns{{.header = "BYTES", .key = "bytes"}};
  output_.row(spec_.name, columns, {hexadecimal(event.bytes)});
}

bool writes_trace(const Image& image) {
  const auto is_print = [](const bpf_insn& instruction) {
    return is_helper_call(instruction) &&
           (instruction.imm == BPF_FUNC_trace_printk || instruction.imm == BPF_FUNC_trace_vprintk);
  };
  return std::ranges::any_of(
      image.programs, [&](const ProgramSpec& program) { return std::ranges::any_of(program.instructions, is_print); });
}

void print_trace(const TraceFields& fields, TableOutput& output) {
  if (output.json()) {
    output.object({{"type", "trace"},
                   {"uptime", fields.timestamp},
                   {"task", to_valid_utf8(fields.task)},
                   {"tid", fields.pid},
                   {"cpu", fields.cpu},
                   {"message", to_valid_utf8(fields.message)}});
    return;
  }
  static const std::vector<report::Column> columns{{.header = "TIME(s)", .key = "time", .width = 18},
                                                   {.header = "TASK", .key = "task", .width = 16},
                                                   {.header = "TID", .key = "tid", .width = 7},
                                                   {.header = "CPU", .key = "cpu", .width = 3},
                                                   {.header = "MESSAGE", .key = "message"}};
  output.row("trace_pipe", columns,
             {fmt::format("{:.6f}", fields.timestamp), fields.task, std::int64_t{fields.pid}, std::int64_t{fields.cpu},
              fields.message});
}

}  // namespace sonda::present
