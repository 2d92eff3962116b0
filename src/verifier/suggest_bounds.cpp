// An index that the verifier does not know to be small enough.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/text.h"
#include "image/instructions.h"
#include "verifier/edits.h"
#include "verifier/refusal.h"
#include "verifier/suggestion.h"

namespace sonda {
namespace {

using Suggestions = std::vector<Suggestion>;

/// "count" and "i" of "slots->count[i]", each once; which of several brackets behind the name it is in.
struct Subscript {
  std::string_view array, index;
  std::size_t dimension = 0;
};
std::vector<Subscript> subscripts(std::string_view code) {
  std::vector<Subscript> result;
  Subscript last;
  std::size_t end = 0;
  for (auto open = code.find('['); open != std::string_view::npos; open = code.find('[', open + 1)) {
    const auto close = closing(code, open);
    if (!close) return {};
    Subscript found{name_before(code, open), trim(code.substr(open + 1, *close - open - 1)), 0};
    if (found.array.empty() && open == end && open > 0) found = {last.array, found.index, last.dimension + 1};
    last = found;
    end = *close + 1;
    const auto same = [&](const Subscript& known) { return known.array == found.array && known.index == found.index; };
    if (is_variable(found.index) && std::ranges::none_of(result, same)) result.push_back(found);
  }
  return result;
}

/// How many elements the array has, as C says it.
std::optional<std::string> length_of(const SourceText& source, const Subscript& at) {
  if (at.array.empty()) return std::nullopt;
  auto first = source.elements_of(at.array);
  if (!first || at.dimension == 0) return first;
  for (std::uint32_t line = 1; line <= source.lines(); ++line) {
    const auto code = source.code(line);
    const auto begin = code.find(fmt::format("{}[{}][", at.array, *first));
    if (begin == std::string_view::npos || at.dimension > 1) continue;
    const auto open = begin + at.array.size() + first->size() + 2;
    if (const auto close = closing(code, open)) return std::string(trim(code.substr(open + 1, *close - open - 1)));
  }
  return std::nullopt;
}

/// A macro of the file that the line uses, and that has an index: the lengths of what it indexes.
std::vector<std::string> lengths_in_macros(const SourceText& source, std::string_view code) {
  std::vector<std::string> result;
  for (const auto name : names_in(code)) {
    const auto head = fmt::format("#define {}(", name);
    for (std::uint32_t line = 1; line <= source.lines(); ++line) {
      const auto text = trim(source.line(line));
      if (!text.starts_with(head)) continue;
      for (auto open = text.find('['); open != text.npos; open = text.find('[', open + 1))
        if (auto length = source.elements_of(name_before(text, open))) result.push_back(std::move(*length));
    }
  }
  return result;
}

/// The number that the text is, or that a `#define` makes of it.
std::optional<std::uint64_t> number_of(const SourceText& source, std::string_view text) {
  if (const auto number = parse_u64(text)) return number;
  for (std::uint32_t line = 1; is_identifier(text) && line <= source.lines(); ++line) {
    const auto words = fmt::format("#define {} ", text);
    if (const auto code = trim(source.line(line)); code.starts_with(words))
      return parse_u64(trim(code.substr(words.size())));
  }
  return std::nullopt;
}

/// Whether somewhere above it is asked whether the index is below the length.
bool is_asked_for(const SourceText& source, std::uint32_t line, std::string_view index, const std::string& length) {
  if (has_comparison(source, line, index, {"<" + length, ">=" + length})) return true;
  const auto number = number_of(source, length);
  if (!number || *number == 0) return false;
  const auto last = std::to_string(*number - 1);
  return has_comparison(source, line, index, {"<=" + last, ">" + last});
}

bool is_power_of_two(std::optional<std::uint64_t> number) { return number && std::has_single_bit(*number); }

/// Of an index that is asked for: the mask changes nothing, and is what the verifier sees. Where nobody asked, the
/// index would go round, which is not what is meant.
Suggestion masked(const SourceText& source, std::uint32_t line, const Subscript& at, const std::string& length) {
  const bool is_plain = at.index.find_first_of("+-*/%&|^<?") == std::string_view::npos ||
                        at.index.find("->") == at.index.find_first_of("+-*/%&|^<?");
  const auto index = is_plain ? std::string(at.index) : fmt::format("({})", at.index);
  const auto from = offset_in(source.code(line), at.index);
  const auto number = parse_u64(length);
  const auto mask = number ? std::to_string(*number - 1) : fmt::format("({} - 1)", length);
  return replaced(source, line, from, from + at.index.size(), fmt::format("{} & {}", index, mask));
}

/// A copy that is asked for and used in one place. Behind `barrier`, the compiler knows nothing of what it was.
Suggestions copied(const SourceText& source, std::uint32_t line, const Subscript& at, const std::string& length,
                   bool behind_barrier) {
  const auto copy = free_name(source, line, "at");
  const auto from = offset_in(source.code(line), at.index);
  return wrapped(source, line,
                 fmt::format("u64 {0} = {1};{3} if ({0} < {2})", copy, at.index, length,
                             behind_barrier ? " " + barrier(copy) : std::string()),
                 from, from + at.index.size(), copy);
}

/// Of an index that counts a loop: the loop's end.
Suggestions bound_counter(const SourceText& source, std::uint32_t line, std::string_view index,
                          const std::string& length) {
  const auto function = source.function_around(line);
  for (auto at = line; function && at > function->first; --at)
    if (counter_of(source.code(at)) == index && !index.empty()) return bound_for(source, at, length);
  return {};
}

Suggestions bound_subscript(const SourceText& source, std::uint32_t line, const Subscript& at,
                            const std::string& length) {
  const auto below = may_be_negative(source, line, at.index) ? fmt::format("{} < 0 || ", at.index) : std::string();
  const auto check = fmt::format("if ({}{} >= {}) {}", below, at.index, length, leave(source, line));
  const bool is_asked = is_asked_for(source, line, at.index, length);
  Suggestions all = bound_counter(source, line, at.index, length), wider;
  if (has_comparison(source, line, at.index, {"<", ">"}))
    for (const auto name : names_in(at.index)) append(wider, widened(source, line, name));
  if (is_asked && below.empty()) append(all, wider);
  append(all, put_before(source, line, check));
  append(all, wider);
  append(all, copied(source, line, at, length, false));
  if (is_identifier(at.index)) append(all, widened_and_checked(source, line, at.index, check));
  if (is_identifier(at.index)) append(all, put_before(source, line, fmt::format("{} {}", barrier(at.index), check)));
  append(all, copied(source, line, at, length, true));
  if (is_asked && is_power_of_two(number_of(source, length))) all.push_back(masked(source, line, at, length));
  return all;
}

/// The first of each, then the second of each, and so on.
Suggestions in_turn(const std::vector<Suggestions>& lists) {
  Suggestions all;
  std::size_t longest = 0;
  for (const auto& each : lists) longest = std::max(longest, each.size());
  for (std::size_t i = 0; i < longest; ++i)
    for (const auto& each : lists)
      if (i < each.size()) all.push_back(each[i]);
  return all;
}

/// The first of all lists as one, where each puts something before the same line.
Suggestions together(const std::vector<Suggestions>& lists) {
  if (lists.size() < 2 || lists.front().empty()) return {};
  auto all = lists.front().front();
  for (std::size_t i = 1; i < lists.size(); ++i) {
    if (lists[i].empty() || lists[i].front().kind != all.kind || lists[i].front().line != all.line) return {};
    all.text += " " + lists[i].front().text;
  }
  return all.kind == Suggestion::Kind::insert_before ? Suggestions{all} : Suggestions();
}

}  // namespace

std::vector<Suggestion> bound_index(const Refusal& refusal) {
  if (!refusal.is("map_value_max", "map_value", "unbounded_math", "stack_variable", "stack_bounds", "mem_bounds",
                  "unbounded", "negative", "stack_read", "stack_write", "out_of_range"))
    return {};
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line);
  std::vector<Suggestions> unasked, asked;
  for (const auto& subscript : subscripts(code))
    if (const auto length = length_of(refusal.source, subscript))
      (is_asked_for(refusal.source, line, subscript.index, *length) ? asked : unasked)
          .push_back(bound_subscript(refusal.source, line, subscript, *length));
  Suggestions all = in_turn(unasked);
  auto both = together(unasked);
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(std::min(unasked.size(), all.size())), both.begin(), both.end());
  append(all, in_turn(asked));
  for (const auto& length : lengths_in_macros(refusal.source, code))
    for (const auto name : names_in(code))
      if (const auto declared = refusal.source.declaration(name, line); declared && integer_type(declared->type))
        append(all, put_before(refusal.source, line,
                               fmt::format("if ({} >= {}) {}", name, length, leave(refusal.source, line))));
  return all;
}

}  // namespace sonda
