// The functions of a stack.
#include <fmt/format.h>

#include "base/escape.h"
#include "read/show.h"
#include "read/stacks.h"
#include "read/symbols/symbol_text.h"

namespace sonda {
namespace {

// What the frame's symbol says. Callers are known by where they will go on: the call may have been their last
// instruction, so that what is asked for is the byte before, which is in the call.
SymbolAt symbol_of(const StackFrame& frame, bool is_caller, const ShowBeside& beside, ShowResources& resources) {
  const std::uint64_t back = is_caller ? 1 : 0, address = frame.address - back;
  SymbolAt symbol;
  if (!frame.build_id.empty())
    symbol = resources.processes.find(frame.build_id, address, beside.pid.value_or(0));
  else if (frame.kernel)
    symbol = resources.kernel.find(address);
  else if (beside.pid)
    symbol = resources.processes.find(*beside.pid, address);
  if (!symbol.name.empty() || !symbol.module.empty()) symbol.offset += back;
  return symbol;
}

std::string name_of(const SymbolAt& symbol, const StackFrame& frame) {
  if (!symbol.name.empty()) return escape_for_terminal(symbol.name);
  if (frame.kernel) return "[kernel]";
  const auto file = escape_for_terminal(file_part(symbol.module));
  if (!file.empty()) return file.starts_with('[') ? file : fmt::format("[{}]", file);
  return "[unknown]";
}

}  // namespace

std::vector<ShownFrame> show_stack(std::int64_t id, const ShowBeside& beside, ShowResources& resources) {
  if (!beside.stacks) return {{"[no map of stacks]", "[no map of stacks]"}};
  const auto stack = read_stack(*beside.stacks, id);
  if (!stack.missing.empty()) return {{fmt::format("[{}]", stack.missing), fmt::format("[{}]", stack.missing)}};
  std::vector<ShownFrame> shown;
  for (const auto& frame : stack.frames) {
    auto symbol = symbol_of(frame, !shown.empty(), beside, resources);
    auto name = name_of(symbol, frame), text = to_text(symbol, frame.address);
    if (symbol.name.empty() && symbol.module.empty()) {
      symbol = {.name = {}, .offset = frame.address, .module = frame.build_id};
      if (!frame.build_id.empty()) text = fmt::format("[{}+{:#x}]", frame.build_id, frame.address);
    }
    shown.push_back({std::move(name), std::move(text), frame.kernel, symbol.offset, std::move(symbol.module)});
  }
  return shown;
}

}  // namespace sonda
