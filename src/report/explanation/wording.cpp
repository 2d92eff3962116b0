#include "report/explanation/wording.h"

#include <fmt/format.h>

#include <algorithm>

namespace sonda::report {

std::vector<LineGroup> groups_of(const FunctionExplanation& function) {
  std::vector<LineGroup> groups;
  for (const auto& line : function.code) {
    if (groups.empty() || groups.back().line != line.line || !line.begins.empty())
      groups.push_back({.line = line.line});
    groups.back().code.push_back(&line);
  }
  return groups;
}

std::string_view source_line(const Explanation& explanation, std::uint32_t line) {
  return line >= 1 && line <= explanation.source.size() ? std::string_view(explanation.source[line - 1])
                                                        : std::string_view();
}

std::vector<std::string> figures_of(const FunctionExplanation& function) {
  std::vector<std::string> figures;
  figures.push_back(fmt::format("{} instructions", function.code.size()));
  if (function.verified != 0) figures.push_back(fmt::format("{} walked by the verifier", function.verified));
  figures.push_back(fmt::format("{} of 512 bytes of stack", function.stack_bytes));
  if (function.native_bytes != 0) figures.push_back(fmt::format("{} bytes of native code", function.native_bytes));
  return figures;
}

std::string fate_of(const FunctionExplanation& function, const BpfLine& line) {
  if (function.refusal && function.refusal->instruction == line.index) return "refused here";
  // Once for a run of them.
  const bool goes_on = &line != function.code.data() && (&line)[-1].visits == 0 && (&line)[-1].removed == line.removed;
  if (line.visits == 0 && goes_on && (line.removed || function.no_states.empty())) return {};
  if (line.removed) return "never walked by the verifier: the kernel took it out";
  if (!function.no_states.empty()) return {};
  if (line.visits == 0)
    return function.refusal ? "not walked: the program was refused before" : "never walked by the verifier";
  if (line.branch == Branch::only_jump) return "always jumps, as far as the verifier walked";
  if (line.branch == Branch::only_next) return "never jumps, as far as the verifier walked";
  return {};
}

std::string states_of(const RegisterFact& fact, bool words) {
  std::string text;
  if (words && !fact.words.empty()) {
    text = fact.words;
    if (const auto others = fact.states.size() - 1 + fact.more; others != 0)
      text += fmt::format(" (and {} other state{})", others, others == 1 ? "" : "s");
    return text;
  }
  for (const auto& state : fact.states) text += (text.empty() ? "" : " | ") + state;
  if (fact.more != 0) text += fmt::format(" | {} more", fact.more);
  return text;
}

std::vector<const HelperCall*> helpers_of(const FunctionExplanation& function) {
  std::vector<const HelperCall*> helpers;
  for (const auto& line : function.code) {
    if (!line.call) continue;
    const bool known =
        std::ranges::any_of(helpers, [&](const auto* call) { return call->number == line.call->number; });
    if (!known) helpers.push_back(&*line.call);
  }
  return helpers;
}

std::string ranges(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    auto end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += end == i ? fmt::format("{}", numbers[i]) : fmt::format("{}-{}", numbers[i], numbers[end]);
    i = end + 1;
  }
  return text;
}

std::string certainty_of(const StackSlot& slot) {
  return slot.certainty == StackSlot::Certainty::guess ? "a guess: " + slot.why : slot.why;
}

std::vector<ChangedLine> changed_lines(const Explanation& explanation, const RefusalExplanation::Change& change) {
  using Place = RefusalExplanation::Change::Place;
  const auto there = source_line(explanation, change.line);
  const auto indent = there.substr(0, std::min(there.find_first_not_of(" \t"), there.size()));
  const bool stays = change.place == Place::before || change.place == Place::after;
  const ChangedLine old{stays ? ' ' : '-', change.line, std::string(there)};
  const ChangedLine added{'+', 0, std::string(indent) + change.text};
  switch (change.place) {
    case Place::before:
      return {added, old};
    case Place::remove:
      return {old};
    case Place::after:
    case Place::replace:
      break;
  }
  return {old, added};
}

std::string message_of(const RefusalExplanation& refusal) {
  std::string message = refusal.error.what();
  const auto& hint = refusal.error.hint();
  const auto at = message.rfind("\nhint (tried");
  if (refusal.change && at != std::string::npos && hint.find(refusal.change->text) != std::string::npos)
    message.resize(at);
  return message;
}

}  // namespace sonda::report
