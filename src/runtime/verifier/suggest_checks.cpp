// What has to be asked before: whether a pointer is there, an index is small enough, a packet is long enough.
#include <fmt/format.h>

#include "base/text.h"
#include "image/instructions.h"
#include "runtime/verifier/suggestions.h"

namespace sonda {
namespace {

using Change = Suggestion::Kind;

/// Whether a line is a statement of its own, not the body of a branch or a loop on the same line.
bool stands_alone(std::string_view code) {
  const auto names = names_in(code);
  return !names.empty() && !has_word(code, "if") && !has_word(code, "else") && !has_word(code, "for") &&
         !has_word(code, "while") && !has_word(code, "do");
}

/// Whether something was reserved and not given back where the step is done, but what the step itself reserved.
bool holds_others(const Refusal& refusal, std::size_t at) {
  const auto& i = refusal.walk.instruction(at);
  const bool reserves = is_call(i) && i.imm == reserve_helper;
  const auto after = refusal.walk.step(at).after;
  const auto refs = after.find(" refs=");
  if (refs == std::string_view::npos) return false;
  return !reserves || after.find(',', refs) != std::string_view::npos;
}

bool is_unsigned(std::string_view type) {
  return type.starts_with("u") || type.starts_with("__u") || type == "size_t" || type.find("uint") != type.npos;
}

/// "i" of the only `[i]` in the code with a plain name, and the name before the bracket.
struct Subscript {
  std::string_view array, index;
};
std::optional<Subscript> only_subscript(std::string_view code) {
  std::optional<Subscript> result;
  for (auto open = code.find('['); open != std::string_view::npos; open = code.find('[', open + 1)) {
    const auto close = code.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    const auto index = trim(code.substr(open + 1, close - open - 1));
    if (!is_identifier(index)) continue;
    auto start = open;
    while (start > 0 && is_name_character(code[start - 1])) --start;
    const Subscript found{code.substr(start, open - start), index};
    if (result && (result->array != found.array || result->index != found.index)) return std::nullopt;
    result = found;
  }
  return result;
}

}  // namespace

std::optional<Suggestion> check_for_null(const Refusal& refusal) {
  if (!refusal.is("unchecked_lookup", "unchecked_reserve", "unchecked_pointer", "null_arithmetic", "null_argument"))
    return std::nullopt;
  if (!refusal.slice.origin || refusal.variable.empty() || holds_others(refusal, *refusal.slice.origin))
    return std::nullopt;
  const auto* record = refusal.walk.line(*refusal.slice.origin);
  if (record == nullptr || !stands_alone(refusal.source.code(record->line))) return std::nullopt;
  const auto end = refusal.source.end_of_statement(record->line);
  if (!end || *end >= refusal.place.line) return std::nullopt;
  return Suggestion{Change::insert_after, *end,
                    fmt::format("if (!{}) return {};", refusal.variable, refusal.source.usual_return(*end))};
}

std::optional<Suggestion> check_packet(const Refusal& refusal) {
  if (!refusal.is("packet")) return std::nullopt;
  const auto function = refusal.source.function_around(refusal.place.line);
  const auto code = refusal.source.code(refusal.place.line);
  // Only of a struct is it clear how much has to be there.
  const auto arrow = code.find("->");
  if (!function || arrow == std::string_view::npos) return std::nullopt;
  auto start = arrow;
  while (start > 0 && is_name_character(code[start - 1])) --start;
  const auto pointer = code.substr(start, arrow - start);
  if (!is_identifier(pointer)) return std::nullopt;
  const auto declared = refusal.source.declaration(pointer, refusal.place.line);
  if (!declared || !declared->initialized || declared->line >= refusal.place.line) return std::nullopt;
  const auto end = refusal.source.end_of_statement(declared->line);
  for (auto line = function->first; end && line <= *end; ++line) {
    const auto text = refusal.source.code(line);
    const auto field = text.find("->data_end");
    const auto limit = field == std::string_view::npos ? std::nullopt : assigned_variable(text, field);
    if (!limit) continue;
    const auto end_of_packet = refusal.source.declaration(*limit, line);
    const bool is_void = end_of_packet && end_of_packet->type == "void *";
    return Suggestion{Change::insert_after, *end,
                      fmt::format("if ((void *)({} + 1) > {}{}) return {};", pointer, is_void ? "" : "(void *)", *limit,
                                  refusal.source.usual_return(*end))};
  }
  return std::nullopt;
}

std::optional<Suggestion> bound_index(const Refusal& refusal) {
  if (!refusal.is("map_value_max", "unbounded_math", "stack_variable", "mem_bounds")) return std::nullopt;
  const auto line = refusal.place.line;
  const auto subscript = only_subscript(refusal.source.code(line));
  if (!subscript) return std::nullopt;
  const auto elements = refusal.source.elements_of(subscript->array);
  const auto index = refusal.source.declaration(subscript->index, line);
  if (!elements || !index || index->line >= line) return std::nullopt;
  const auto below = is_unsigned(index->type) ? std::string() : fmt::format("{} < 0 || ", subscript->index);
  return Suggestion{
      Change::insert_before, line,
      fmt::format("if ({}{} >= {}) return {};", below, subscript->index, *elements, refusal.source.usual_return(line))};
}

std::optional<Suggestion> bound_size(const Refusal& refusal) {
  if (!refusal.is("negative", "unbounded", "zero_size", "map_value_max", "map_value", "stack_write") || !refusal.failed)
    return std::nullopt;
  const auto& i = refusal.walk.instruction(*refusal.failed);
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line);
  const auto call = code.find("bpf_");
  if (!is_call(i) || call == std::string_view::npos) return std::nullopt;
  const auto found = only_call(code, code.substr(call, code.find_first_of(" (", call) - call));
  // The message is about the size, or about the buffer before it.
  const bool is_size = refusal.is("negative", "unbounded") ||
                       (refusal.is("zero_size") && refusal.report.reason.find("zero-sized") != std::string::npos);
  const auto size_at = static_cast<std::size_t>(refusal.refused_register - (is_size ? 1 : 0));
  if (!found || size_at < 1 || size_at >= found->arguments.size()) return std::nullopt;
  const auto size = found->arguments[size_at];
  auto buffer = found->arguments[size_at - 1];
  if (!is_identifier(size) || !refusal.source.declaration(size, line)) return std::nullopt;
  // Kernels with the older wording (before 6.8) learn nothing from that check.
  if (refusal.is("zero_size") && !is_size) return std::nullopt;
  if (refusal.is("zero_size"))
    return Suggestion{Change::insert_before, line,
                      fmt::format("if ({} == 0) return {};", size, refusal.source.usual_return(line))};
  if (buffer.starts_with('&')) {
    buffer = trim(buffer.substr(1));
  } else {
    // The address of an array, which has a size; a pointer's own size would be the wrong one.
    const auto names = names_in(buffer);
    if (names.empty() || buffer.find_first_of("()+*") != std::string_view::npos) return std::nullopt;
    if (!refusal.source.elements_of(names.back())) return std::nullopt;
  }
  return Suggestion{Change::insert_before, line,
                    fmt::format("if ({0} > sizeof({1})) {0} = sizeof({1});", size, buffer)};
}

}  // namespace sonda
