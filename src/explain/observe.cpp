#include "explain/observe.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "explain/helpers.h"
#include "explain/registers.h"
#include "image/instructions.h"
#include "verifier/describe_state.h"

namespace sonda {
namespace {

constexpr std::size_t most_states = 4;
constexpr int first_argument = BPF_REG_1, last_argument = BPF_REG_5;

std::string name_of(int number) { return "R" + std::to_string(number); }

/// N of "fp-N" or "fp0"; nothing for what points elsewhere or to a place that is not constant.
std::optional<int> stack_offset(std::string_view state) {
  if (!state.starts_with("fp")) return std::nullopt;
  int offset = 0;
  const auto* end = state.data() + state.size();
  const auto [rest, error] = std::from_chars(state.data() + 2, end, offset);
  return error == std::errc() && rest == end ? std::optional(offset) : std::nullopt;
}

void add_once(std::vector<std::string>& states, std::string_view state, std::size_t& more) {
  if (std::ranges::find(states, state) != states.end()) return;
  if (states.size() < most_states)
    states.emplace_back(state);
  else
    ++more;
}

class Observer {
 public:
  Observer(const ProgramSpec& program, const Trace& trace) : program_(program), trace_(trace), states_(trace) {
    result_.instructions.resize(program.instructions.size());
  }

  Observed run() {
    for (std::size_t step = 0; step < trace_.steps.size(); ++step)
      if (trace_.steps[step].instruction < program_.instructions.size()) look_at(step);
    for (const auto& path : trace_.pruned)
      if (path.step != TraceStep::none) follow(trace_.steps[static_cast<std::size_t>(path.step)], path.instruction);
    for (auto& instruction : result_.instructions)
      for (auto& fact : instruction.registers)
        if (auto words = describe_state(fact.states.front()); words != fact.states.front())
          fact.words = std::move(words);
    return std::move(result_);
  }

 private:
  void look_at(std::size_t index) {
    const auto& step = trace_.steps[index];
    const auto& code = program_.instructions[step.instruction];
    auto& seen = result_.instructions[step.instruction];
    ++seen.visits;
    if (step.previous != TraceStep::none)
      follow(trace_.steps[static_cast<std::size_t>(step.previous)], step.instruction);
    const auto use = register_use(code);
    const auto& before = states_.before(index);
    for (const int number : use.read) note(seen, before, number, false);
    if (is_helper_call(code)) note_loads(seen, index);
    note_memory(step.instruction, code, before);
    note_contents(before);
    const auto& after = states_.after(index);
    for (const int number : use.written) note(seen, after, number, true);
    note_contents(after);
  }

  void follow(const TraceStep& from, std::uint32_t to) {
    if (from.instruction >= program_.instructions.size()) return;
    const auto& code = program_.instructions[from.instruction];
    if (!is_conditional(code)) return;
    auto& seen = result_.instructions[from.instruction];
    if (jump_target(code, from.instruction) == to)
      seen.jumped = true;
    else
      seen.fell_through = true;
  }

  static void note(Observed::Instruction& seen, const std::vector<PlaceState>& states, int number, bool written) {
    const auto state = state_of(states, name_of(number));
    if (!state) return;
    auto fact = std::ranges::find_if(
        seen.registers, [&](const RegisterFact& known) { return known.number == number && known.written == written; });
    if (fact == seen.registers.end())
      fact = seen.registers.insert(seen.registers.end(), {.number = number, .written = written});
    add_once(fact->states, *state, fact->more);
  }

  void note_loads(Observed::Instruction& seen, std::size_t step) const {
    constexpr std::size_t enough = 16;  // ways to a call that are followed back
    if (seen.visits > enough) return;
    const bool first = seen.loads.empty();
    if (first) seen.loads.resize(last_argument);
    for (int number = first_argument; number <= last_argument; ++number) {
      auto& known = seen.loads[static_cast<std::size_t>(number - first_argument)];
      if (!first && !known) continue;
      const auto load = wide_load_of(program_, trace_, step, number);
      known = first || known == load ? load : std::nullopt;
    }
  }

  static std::vector<std::string> arguments(const std::vector<PlaceState>& states) {
    std::vector<std::string> result;
    for (int number = first_argument; number <= last_argument; ++number)
      result.emplace_back(state_of(states, name_of(number)).value_or(""));
    return result;
  }

  void note_memory(std::uint32_t index, const bpf_insn& code, const std::vector<PlaceState>& before) {
    if (const auto access = memory_access(code)) {
      const auto base = access->base == frame_pointer
                            ? std::optional(0)
                            : stack_offset(state_of(before, name_of(access->base)).value_or(""));
      if (!base) return;
      const auto way = access->writes ? StackAccess::Way::write : StackAccess::Way::read;
      add({index, *base + code.off, static_cast<std::uint32_t>(access->size), way, 0});
    } else if (is_helper_call(code)) {
      note_passed(index, code, arguments(before));
    }
  }

  void note_passed(std::uint32_t index, const bpf_insn& code, const std::vector<std::string>& states) {
    const auto* helper = find_helper(code.imm);
    const auto parameters = helper != nullptr ? parameters_of(*helper) : std::vector<std::string_view>();
    const auto map = read_register_state(states.front());
    for (std::size_t i = 0; i < states.size() && i < parameters.size(); ++i) {
      const auto offset = stack_offset(states[i]);
      if (!offset) continue;
      std::optional<std::uint32_t> size;
      if (parameters[i].ends_with("key"))
        size = map.key_size;
      else if (parameters[i].ends_with("value"))
        size = map.value_size;
      else
        size = size_beside(states, parameters, i);
      add({index, *offset, size.value_or(0), StackAccess::Way::passed, static_cast<int>(i) + first_argument});
    }
  }

  /// Of a buffer at parameter `at`: the number in the parameter after it, or before it, that is called a size.
  static std::optional<std::uint32_t> size_beside(const std::vector<std::string>& states,
                                                  const std::vector<std::string_view>& parameters, std::size_t at) {
    for (const auto i : {at + 1, at - 1}) {
      if (i >= parameters.size() || i >= states.size()) continue;
      if (parameters[i].find("size") == std::string_view::npos && parameters[i].find("len") == std::string_view::npos)
        continue;
      const auto known = read_register_state(states[i]);
      if (known.constant && *known.constant > 0) return static_cast<std::uint32_t>(*known.constant);
      if (known.range.umax) return static_cast<std::uint32_t>(std::min<std::uint64_t>(*known.range.umax, 512));
    }
    return std::nullopt;
  }

  void add(const StackAccess& access) {
    if (seen_.insert(access).second) result_.stack.push_back(access);
  }

  void note_contents(const std::vector<PlaceState>& states) {
    for (const auto& state : states) {
      const auto offset = stack_offset(state.place);
      if (!offset) continue;
      auto known = std::ranges::find(result_.contents, *offset, &std::pair<int, std::vector<std::string>>::first);
      if (known == result_.contents.end()) known = result_.contents.insert(known, {*offset, {}});
      std::size_t ignored = 0;
      add_once(known->second, state.state, ignored);
    }
  }

  const ProgramSpec& program_;
  const Trace& trace_;
  TraceStates states_;
  Observed result_;
  std::set<StackAccess> seen_;
};

}  // namespace

Observed observe(const ProgramSpec& program, const Trace& trace) { return Observer(program, trace).run(); }

std::vector<std::string> states_before(const std::vector<RegisterFact>& facts, int number) {
  for (const auto& fact : facts)
    if (fact.number == number && !fact.written) return fact.more == 0 ? fact.states : std::vector<std::string>();
  return {};
}

std::vector<StackAccess> stack_without_trace(const ProgramSpec& program) {
  std::vector<StackAccess> result;
  for (std::uint32_t i = 0; i < program.instructions.size(); ++i) {
    const auto& code = program.instructions[i];
    if (is_wide(code)) {
      ++i;
      continue;
    }
    const auto access = memory_access(code);
    if (access && access->base == frame_pointer)
      result.push_back({i, code.off, static_cast<std::uint32_t>(access->size),
                        access->writes ? StackAccess::Way::write : StackAccess::Way::read, 0});
  }
  return result;
}

}  // namespace sonda
