#include "present/trace_report.h"

#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "image/instructions.h"

namespace sonda::present {

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
