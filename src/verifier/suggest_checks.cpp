// What has to be asked before: whether a pointer is there, whether a packet is long enough.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "image/instructions.h"
#include "verifier/edits.h"
#include "verifier/refusal.h"
#include "verifier/suggestion.h"

namespace sonda {
namespace {

using Change = Suggestion::Kind;

/// Whether something was reserved and not given back where the step is done, but what the step itself reserved.
bool holds_others(const Refusal& refusal, std::size_t at) {
  const auto& i = refusal.walk.instruction(at);
  const bool reserves = is_call(i) && i.imm == reserve_helper;
  const auto after = refusal.walk.step(at).after;
  const auto refs = after.find(" refs=");
  if (refs == std::string_view::npos) return false;
  return !reserves || after.find(',', refs) != std::string_view::npos;
}

/// "return 0;", and what was reserved above `line` is given back before; nothing if that is not clear.
std::optional<std::string> leave_with_nothing(const Refusal& refusal, std::uint32_t line, bool holds) {
  auto plain = leave(refusal.source, line);
  if (!holds) return plain;
  const auto function = refusal.source.function_around(line);
  std::optional<std::string> found;
  for (auto at = function ? function->first : line; at < line; ++at) {
    const auto discard = discard_of(refusal.source, at);
    if (!discard) continue;
    if (found) return std::nullopt;
    found = fmt::format("{{ {} {} }}", *discard, plain);
  }
  return found;
}

/// Behind a branch that asked, the value that is not there is the number 0.
bool is_known_null(const Refusal& refusal) {
  if (!refusal.is("plain_number", "plain_number_old") || !refusal.slice.origin) return false;
  const auto& origin = refusal.walk.instruction(*refusal.slice.origin);
  return is_call(origin) && origin.imm == lookup_helper;
}

/// The pointers that a line names, that of the refusal first.
std::vector<std::string> pointers_on(const Refusal& refusal) {
  std::vector<std::string> result;
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line);
  if (!refusal.variable.empty()) result.push_back(refusal.variable);
  for (const auto name : names_in(code)) {
    const auto declared = refusal.source.declaration(name, line);
    if (declared && declared->type.ends_with('*') && declared->line < line && name != refusal.variable)
      result.emplace_back(name);
  }
  return result;
}

void check_where_made(const Refusal& refusal, std::vector<Suggestion>& all) {
  const auto* record = refusal.walk.line(*refusal.slice.origin);
  if (record == nullptr || !stands_alone(refusal.source.code(record->line))) return;
  const auto leaves = leave_with_nothing(refusal, record->line, holds_others(refusal, *refusal.slice.origin));
  if (!leaves) return;
  const auto check = fmt::format("if (!{}) {}", refusal.variable, *leaves);
  if (record->line == refusal.place.line) {
    const auto call = call_of_helper(refusal.source.code(record->line), lookup_helper);
    const auto end = call ? refusal.source.code(record->line).find(';', call->close) : std::string_view::npos;
    if (end != std::string_view::npos)
      all.push_back(replaced(refusal.source, record->line, end + 1, end + 1, " " + check));
    return;
  }
  const auto end = refusal.source.end_of_statement(record->line);
  if (end && *end < refusal.place.line) all.push_back({Change::insert_after, *end, check});
}

/// "p" of "p->x", "&p[2]" of "p[2]", "(u32 *)(p + 4)" of "*(u32 *)(p + 4)": what the line reads, as an address.
std::vector<std::string> addresses_read(std::string_view code) {
  std::vector<std::string> result;
  const auto add = [&](std::string address) {
    if (std::ranges::find(result, address) == result.end()) result.push_back(std::move(address));
  };
  for (std::size_t at = 0; at < code.size(); ++at) {
    const auto name = name_before(code, at);
    const auto start = at - name.size();
    const bool is_field = start > 0 && (code[start - 1] == '.' || code[start - 1] == '>');
    if (code.substr(at).starts_with("->") && is_identifier(name) && !is_field) add(std::string(name));
    if (code[at] == '[' && is_identifier(name) && !is_field)
      if (const auto close = closing(code, at)) add(fmt::format("&{}", code.substr(start, *close + 1 - start)));
    if (code[at] != '*' || at + 1 >= code.size() || !name.empty()) continue;
    // "*p", "*(TYPE *)(p + 4)", "*(p + 4)"; not a product, nor a type's star.
    auto end = at + 1;
    while (end < code.size() && code[end] == '(') {
      const auto close = closing(code, end);
      if (!close) break;
      end = *close + 1;
    }
    while (end < code.size() && is_name_character(code[end])) ++end;
    if (const auto address = trim(code.substr(at + 1, end - at - 1)); !address.empty() && address != ")")
      add(std::string(address));
  }
  return result;
}

/// The end of the packet as the function calls it, as a `void *`.
std::optional<std::string> end_of_packet(const SourceText& source, std::uint32_t before) {
  const auto function = source.function_around(before);
  for (auto line = function ? function->first : before; line < before; ++line) {
    const auto text = source.code(line);
    const auto field = text.find("->data_end");
    if (field == std::string_view::npos) continue;
    const auto limit = assigned_variable(text, field);
    if (!limit) continue;
    const auto declared = source.declaration(*limit, line);
    return declared && declared->type == "void *" ? *limit : fmt::format("(void *){}", *limit);
  }
  return std::nullopt;
}

/// "bytes[i]" in a loop "for (...; i < 16; ...)": all that the loop reads, asked for before it.
std::vector<Suggestion> check_before_loop(const Refusal& refusal, const std::string& limit) {
  const auto line = refusal.place.line;
  const auto function = refusal.source.function_around(line);
  const auto code = refusal.source.code(line);
  const auto open = code.find('['), close = code.find(']');
  if (!function || open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  const auto array = name_before(code, open), index = trim(code.substr(open + 1, close - open - 1));
  for (auto at = line; is_identifier(index) && is_identifier(array) && at > function->first; --at) {
    const auto head = refusal.source.code(at);
    const auto condition = head.find(fmt::format("; {} < ", index));
    if (find_word(trim(head), "for") != 0 || condition == std::string_view::npos) continue;
    const auto from = condition + index.size() + 5;
    const auto turns = trim(head.substr(from, head.find(';', from) - from));
    if (names_in(turns).size() > 1 || turns.empty()) return {};
    return put_before(refusal.source, at,
                      fmt::format("if ((void *)({} + {}) > {}) {}", array, turns, limit, leave(refusal.source, at)));
  }
  return {};
}

/// "if (data + 14 <= data_end) return ...;": the comparison the wrong way round.
std::vector<Suggestion> turn_comparison(const Refusal& refusal, const std::string& limit) {
  const auto function = refusal.source.function_around(refusal.place.line);
  const auto name = names_in(limit).back();
  for (auto line = refusal.place.line; function && --line > function->first;) {
    const auto code = refusal.source.code(line);
    const auto end = code.find(fmt::format(" {}) return ", name));
    const auto less = end == std::string_view::npos ? end : code.rfind('<', end);
    if (less == std::string_view::npos || find_word(trim(code), "if") != 0) continue;
    return {replaced(refusal.source, line, less, end, ">")};
  }
  return {};
}

}  // namespace

std::vector<Suggestion> check_for_null(const Refusal& refusal) {
  if (!refusal.is("unchecked_lookup", "unchecked_reserve", "unchecked_pointer", "null_arithmetic", "null_argument") &&
      !is_known_null(refusal))
    return {};
  std::vector<Suggestion> all;
  if (refusal.slice.origin && !refusal.variable.empty()) check_where_made(refusal, all);
  const auto line = refusal.place.line;
  const bool holds = refusal.failed && holds_others(refusal, *refusal.failed) && !refusal.is("unchecked_reserve");
  const auto leaves = leave_with_nothing(refusal, line, holds);
  for (const auto& pointer : pointers_on(refusal)) {
    if (leaves) append(all, put_before(refusal.source, line, fmt::format("if (!{}) {}", pointer, *leaves)));
    const auto end = refusal.source.code(line).find_last_not_of(" \t") + 1;
    append(all, wrapped(refusal.source, line, fmt::format("if ({})", pointer), end, end, ""));
  }
  return all;
}

std::vector<Suggestion> check_packet(const Refusal& refusal) {
  if (!refusal.is("packet")) return {};
  std::vector<Suggestion> all;
  const auto line = refusal.place.line;
  const auto limit = end_of_packet(refusal.source, line);
  if (!limit) return {};
  append(all, turn_comparison(refusal, *limit));
  append(all, check_before_loop(refusal, *limit));
  for (const auto& address : addresses_read(refusal.source.code(line))) {
    const auto check = fmt::format("if ((void *)({} + 1) > {}) ", address, *limit);
    const auto declared = is_identifier(address) ? refusal.source.declaration(address, line) : std::nullopt;
    const auto end = declared && declared->initialized && declared->line < line
                         ? refusal.source.end_of_statement(declared->line)
                         : std::nullopt;
    if (end) all.push_back({Change::insert_after, *end, check + leave(refusal.source, *end)});
    append(all, put_before(refusal.source, line, check + leave(refusal.source, line)));
  }
  return all;
}

}  // namespace sonda
