// Verifier logs of any content: steps whose texts are the log's own, each behind an earlier one.
#include <cstddef>
#include <cstdint>
#include <string>

#include "verifier/describe_state.h"
#include "verifier/trace.h"

namespace {

bool inside(std::string_view part, const std::string& whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto trace = sonda::read_trace(std::string(data, data + size));
  sonda::TraceStates states(trace);
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const auto& step = trace.steps[i];
    if (step.previous >= static_cast<std::int32_t>(i) || step.previous < sonda::TraceStep::none) __builtin_trap();
    if (step.annotation >= static_cast<std::int32_t>(trace.annotations.size())) __builtin_trap();
    if (!inside(step.text, *trace.log) || !inside(step.before, *trace.log) || !inside(step.after, *trace.log))
      __builtin_trap();
    for (const auto& known : states.before(i)) {
      if (sonda::describe_state(known.state).empty() != known.state.empty()) __builtin_trap();
    }
    if (i < 64 && trace.path_to(i).back() != i) __builtin_trap();
  }
  // Asked for in another order, the same is known.
  for (std::size_t i = trace.steps.size(); i-- > 0 && trace.steps.size() - i < 16;) {
    const auto once = states.before(i);
    sonda::TraceStates other(trace);
    if (once != other.before(i)) __builtin_trap();
  }
  return 0;
}
