// Most rejections are told on the line of the instruction. Where the compiler has joined code of several lines, or the
// verifier says it late, the line that a person would point at is another one.
#include <algorithm>

#include "base/text.h"
#include "verifier/refusal.h"

namespace sonda {
namespace {

SourcePlace place_at(const LineRecord* record) {
  return record == nullptr ? SourcePlace() : SourcePlace{record->line, record->column};
}

bool is_closing(std::string_view code) { return trim(code) == "}"; }

/// Every path that ends joins the others at the end of the function: the last line before it that is another one, and
/// whether a branch there was left for the end.
struct LastLine {
  std::uint32_t line = 0;
  std::size_t at = 0;
};

std::optional<LastLine> last_line_before(const Refusal& refusal, std::size_t at, std::uint32_t end) {
  while (at-- > 0) {
    const auto* record = refusal.walk.line(at);
    if (record != nullptr && record->line != end) return LastLine{record->line, at};
  }
  return std::nullopt;
}

/// Whether a branch asks whether what was reserved is there: its other way is the one without it.
bool asks_for_null(const Refusal& refusal, std::size_t at) {
  const auto reserved = refusal.reserved();
  if (!reserved || !refusal.walk.is_branch(at)) return false;
  const auto& branch = refusal.walk.instruction(at);
  return branch.imm == 0 && slice_back(refusal.walk, at, branch.dst_reg).origin == reserved;
}

/// The `return` by which a path came to the function's end.
std::uint32_t return_before(const Refusal& refusal, std::uint32_t end) {
  const auto last = last_line_before(refusal, *refusal.failed, end);
  if (!last) return end;
  const bool is_return = has_word(refusal.source.code(last->line), "return");
  if (is_return && !asks_for_null(refusal, last->at)) return last->line;
  for (auto line = last->line + 1; line < end; ++line)
    if (has_word(refusal.source.code(line), "return")) return line;
  return end;
}

/// The only line of the function that returns this number.
std::uint32_t return_of(const Refusal& refusal, std::int64_t value, std::uint32_t end) {
  const auto function = refusal.source.function_around(end);
  std::uint32_t found = end;
  if (!function) return end;
  for (auto line = function->first; line <= function->last; ++line) {
    const auto at = find_word(refusal.source.code(line), "return");
    if (at == std::string_view::npos) continue;
    auto rest = trim(refusal.source.code(line).substr(at + std::string_view("return").size()));
    rest = trim(rest.substr(0, rest.find(';')));
    if (rest != std::to_string(value)) continue;
    if (found != end) return end;
    found = line;
  }
  return found;
}

SourcePlace at_end(const Refusal& refusal, SourcePlace place) {
  if (!is_closing(refusal.source.code(place.line))) return place;
  if (refusal.is("unreleased")) return {return_before(refusal, place.line), 0};
  if (!refusal.is("return_range") || !refusal.slice.origin) return place;
  const auto& origin = refusal.walk.instruction(*refusal.slice.origin);
  if (origin.code != (BPF_ALU64 | BPF_MOV | BPF_K)) return place;
  return {return_of(refusal, origin.imm, place.line), 0};
}

bool is_loop(std::string_view code) {
  return has_word(code, "for") || has_word(code, "while") || has_word(code, "goto");
}

/// The head of the loop that the line is in, or is.
std::optional<std::uint32_t> loop_around(const Refusal& refusal, std::uint32_t line) {
  const auto function = refusal.source.function_around(line);
  int open = 0;
  for (auto at = line; function && at > function->first; --at) {
    const auto code = refusal.source.code(at);
    // Blocks that end above the line are beside it.
    if (at != line) open += static_cast<int>(std::ranges::count(code, '{') - std::ranges::count(code, '}'));
    if (is_loop(code) && (at == line || open > 0)) return at;
    if (open > 0) open = 0;
  }
  return std::nullopt;
}

/// The head of the only loop of a program: older kernels keep nothing of a walk that was too long.
SourcePlace only_loop(const Refusal& refusal, SourcePlace place) {
  SourcePlace found = place;
  for (std::size_t i = 0; i < refusal.spec.instructions.size(); ++i) {
    const auto& jump = refusal.spec.instructions[i];
    const auto kind = BPF_CLASS(jump.code);
    if ((kind != BPF_JMP && kind != BPF_JMP32) || BPF_OP(jump.code) == BPF_CALL || jump.off >= 0) continue;
    const auto* record = line_of(refusal.spec, static_cast<int>(i));
    if (record == nullptr || !is_loop(refusal.source.code(record->line))) return place;
    if (found.line != 0 && found.line != record->line) return place;
    found = {record->line, 0};
  }
  return found;
}

/// The head of the loop that was walked last: where a jump leads back.
SourcePlace head_of_loop(const Refusal& refusal, SourcePlace place) {
  if (refusal.walk.empty()) return only_loop(refusal, place);
  for (auto at = refusal.walk.size(); at-- > 1;) {
    if (refusal.walk.step(at).instruction > refusal.walk.step(at - 1).instruction) continue;
    for (const auto jump : {at - 1, at}) {
      const auto* record = refusal.walk.line(jump);
      if (record == nullptr) continue;
      if (const auto line = loop_around(refusal, record->line)) return {*line, 0};
    }
    return place;
  }
  return place;
}

/// A function without an end: its last line that made anything, or the one behind it that says so.
SourcePlace end_of_function(const Refusal& refusal) {
  if (refusal.spec.lines.empty()) return {};
  const auto last = place_at(&refusal.spec.lines.back());
  const auto function = refusal.source.function_around(last.line);
  for (auto line = last.line; function && line <= function->last; ++line)
    if (has_word(refusal.source.code(line), "__builtin_unreachable")) return {line, 0};
  return last;
}

/// The line that uses the variable, where the instruction's own one does not: the compiler does first what several
/// lines need.
SourcePlace at_use(const Refusal& refusal, SourcePlace place) {
  if (!refusal.slice.origin || !refusal.is("unchecked_lookup", "unchecked_reserve", "unchecked_pointer")) return place;
  const auto* origin = refusal.walk.line(*refusal.slice.origin);
  if (origin == nullptr || origin->line >= place.line) return place;
  if (refusal.variable.empty() || has_word(refusal.source.code(place.line), refusal.variable)) return place;
  const auto function = refusal.source.function_around(place.line);
  for (auto line = place.line + 1; function && line <= function->last; ++line)
    if (has_word(refusal.source.code(line), refusal.variable)) return {line, 0};
  return place;
}

}  // namespace

SourcePlace place_of(const Refusal& refusal) {
  SourcePlace place = place_at(line_of(refusal.spec, refusal.report.instruction));
  if (place.line == 0 && refusal.report.line) place = {refusal.report.line->line, 0};
  if (refusal.is("no_exit") && place.line == 0) return end_of_function(refusal);
  if (refusal.is("too_large", "too_complex", "endless", "back_edge")) return head_of_loop(refusal, place);
  if (place.line == 0 || !refusal.failed) return place;
  return at_use(refusal, at_end(refusal, place));
}

}  // namespace sonda
