#include "verifier/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "image/instructions.h"
#include "verifier/describe_state.h"
#include "verifier/refusal.h"

namespace sonda {
namespace {

/// A path through a loop would be told again and again: its end is what matters.
constexpr std::size_t longest_path = 40;

/// "CONDITION" of the only if or while in a line of code.
std::optional<std::string_view> condition_in(std::string_view code) {
  const auto word = has_word(code, "if") ? std::string_view("if") : std::string_view("while");
  const auto call = only_call(code, word);
  const auto spaced = call ? call : only_call(code, fmt::format("{} ", word));
  return spaced ? std::optional(trim(code.substr(spaced->open + 1, spaced->close - spaced->open - 1))) : std::nullopt;
}

/// Whether the condition was true, if it only asks whether something is 0.
std::optional<bool> held(const Refusal& refusal, std::size_t at, std::string_view code) {
  const auto& branch = refusal.walk.instruction(at);
  const auto jumped = refusal.walk.jumped(at);
  const auto operation = BPF_OP(branch.code);
  if (!jumped || BPF_SRC(branch.code) == BPF_X || branch.imm != 0 || (operation != BPF_JEQ && operation != BPF_JNE))
    return std::nullopt;
  auto condition = condition_in(code);
  if (!condition) return std::nullopt;
  const bool negated = condition->starts_with('!');
  const auto asked = trim(negated ? condition->substr(1) : *condition);
  if (!is_identifier(asked)) return std::nullopt;
  const bool is_zero = *jumped == (operation == BPF_JEQ);
  return negated == is_zero;
}

/// Whether arithmetic is among the steps that made a value what it is.
bool is_changed(const Walk& walk, const Slice& slice, std::size_t before) {
  return std::ranges::any_of(slice.steps, [&](std::size_t at) {
    const auto& i = walk.instruction(at);
    return at < before && is_arithmetic(i) && BPF_OP(i.code) != BPF_MOV;
  });
}

class Builder {
 public:
  explicit Builder(const Refusal& refusal) : refusal_(refusal), states_(refusal.trace) {
    path_.variable = refusal.variable;
  }

  RejectionPath build() {
    const auto end = refusal_.failed.value_or(refusal_.walk.size());
    const auto& slice = refusal_.slice;
    const auto from = start();
    for (auto at = from; at < end; ++at) {
      const bool matters = std::ranges::find(slice.steps, at) != slice.steps.end() || at == from;
      if (refusal_.walk.is_branch(at) && refusal_.walk.jumped(at))
        add_branch(at);
      else if (matters && (slice.origin || refusal_.reserved()))
        add_value(at, at == from ? PathLine::Role::made : PathLine::Role::used);
    }
    add_refused();
    if (path_.lines.size() > longest_path)
      path_.lines.erase(path_.lines.begin() + 1, path_.lines.end() - (longest_path - 1));
    return std::move(path_);
  }

 private:
  /// Where the value was made; without one, the beginning.
  std::size_t start() const {
    if (const auto reserved = refusal_.reserved()) return *reserved;
    return refusal_.slice.origin.value_or(0);
  }

  std::optional<PathLine> line_at(std::size_t at) const {
    const auto* record = refusal_.walk.line(at);
    if (record == nullptr) return std::nullopt;
    PathLine line{.line = record->line, .column = record->column};
    line.text = trim(refusal_.source.line(record->line));
    line.instruction = refusal_.walk.step(at).instruction;
    line.step = refusal_.walk.index(at);
    return line;
  }

  /// What is known of a register after a step.
  std::string known(std::size_t at, int reg) {
    const auto place = fmt::format("R{}", reg);
    const bool goes_on = at + 1 < refusal_.walk.size();
    const auto& states = goes_on ? states_.before(refusal_.walk.index(at + 1)) : states_.after(refusal_.walk.index(at));
    const auto state = state_of(states, place);
    return state ? describe_state(*state) : std::string();
  }

  void add_value(std::size_t at, PathLine::Role role) {
    auto line = line_at(at);
    if (!line) return;
    line->role = role;
    const auto& i = refusal_.walk.instruction(at);
    const bool called = is_call(i);
    const bool is_store = BPF_CLASS(i.code) == BPF_ST || BPF_CLASS(i.code) == BPF_STX;
    if (!is_store) line->known = known(at, called ? 0 : i.dst_reg);
    line->changed = is_changed(refusal_.walk, refusal_.slice, at + 1);
    // Of several instructions of a line the last one tells.
    if (!path_.lines.empty() && path_.lines.back().line == line->line &&
        path_.lines.back().role != PathLine::Role::branch) {
      if (line->known.empty()) return;
      path_.lines.back().known = line->known;
      path_.lines.back().changed = line->changed;
      return;
    }
    path_.lines.push_back(std::move(*line));
  }

  void add_branch(std::size_t at) {
    auto line = line_at(at);
    if (!line) return;
    line->role = PathLine::Role::branch;
    const auto code = refusal_.source.code(line->line);
    line->held = held(refusal_, at, code);
    for (auto after = at + 1; after < refusal_.walk.size(); ++after) {
      const auto* record = refusal_.walk.line(after);
      if (record == nullptr || record->line == line->line) continue;
      line->next = record->line;
      break;
    }
    const auto& branch = refusal_.walk.instruction(at);
    const auto asked = slice_back(refusal_.walk, at, branch.dst_reg);
    if (refusal_.slice.origin && asked.origin == refusal_.slice.origin) {
      line->known = known(at, branch.dst_reg);
      line->changed = is_changed(refusal_.walk, asked, at);
    }
    path_.lines.push_back(std::move(*line));
  }

  void add_refused() {
    PathLine line{.role = PathLine::Role::refused, .line = refusal_.place.line, .column = refusal_.place.column};
    if (line.line == 0) return;
    line.text = trim(refusal_.source.line(line.line));
    if (refusal_.report.instruction >= 0) line.instruction = static_cast<std::uint32_t>(refusal_.report.instruction);
    if (refusal_.failed) {
      line.step = refusal_.walk.index(*refusal_.failed);
      if (const auto state = state_of(states_.before(line.step), fmt::format("R{}", refusal_.refused_register)))
        line.known = describe_state(*state);
      line.changed = is_changed(refusal_.walk, refusal_.slice, *refusal_.failed);
    }
    // What was done on that very line is part of it.
    while (!path_.lines.empty() && path_.lines.back().line == line.line &&
           path_.lines.back().role == PathLine::Role::used)
      path_.lines.pop_back();
    path_.lines.push_back(std::move(line));
  }

  const Refusal& refusal_;
  TraceStates states_;
  RejectionPath path_;
};

}  // namespace

RejectionPath path_of(const Refusal& refusal) { return Builder(refusal).build(); }

RejectionAnalysis analyse_rejection(const Image& image, const ProgramSpec& spec, std::string_view log) {
  RejectionAnalysis result{.report = parse_verifier_log(log)};
  const Refusal refusal(image, spec, result.report, std::string(log));
  result.line = refusal.place.line;
  result.column = refusal.place.column;
  result.suggestions = suggest(refusal);
  result.path = path_of(refusal);
  return result;
}

std::string describe(const PathLine& line, const RejectionPath& path) {
  const auto name = path.variable.empty() ? std::string("the value") : path.variable;
  std::string text;
  switch (line.role) {
    case PathLine::Role::made:
      text = name + " comes from here";
      break;
    case PathLine::Role::used:
      text = name + " is used here";
      break;
    case PathLine::Role::refused:
      text = "refused here";
      break;
    case PathLine::Role::branch:
      text =
          line.held ? fmt::format("the condition is {}", *line.held ? "true" : "false") : std::string("the way parts");
      if (line.next) text += fmt::format(": on to line {}", *line.next);
      break;
  }
  if (line.known.empty()) return text;
  if (line.role == PathLine::Role::made && !line.changed) return fmt::format("{}: {}", text, line.known);
  return fmt::format("{}; {}{} is {}", text, line.changed ? "what is made of " : "", name, line.known);
}

}  // namespace sonda
