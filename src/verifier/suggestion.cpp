#include "verifier/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "verifier/refusal.h"

namespace sonda {
namespace {

constexpr std::array suggestions_by_kind{&check_for_null, &check_packet, &reserve_size, &bound_index,
                                         &bound_size,     &set_variable, &correct_size, &copy_memory,
                                         &give_back,      &end_function, &bound_loop};

/// The line behind which it is put; nothing if it is not put in.
std::optional<std::uint32_t> line_above(const Suggestion& change) {
  if (change.kind == Suggestion::Kind::insert_after) return change.line;
  if (change.kind == Suggestion::Kind::insert_before && change.line > 0) return change.line - 1;
  return std::nullopt;
}

}  // namespace

std::vector<Suggestion> suggest(const Refusal& refusal) {
  std::vector<Suggestion> all;
  if (refusal.place.line == 0) return all;
  for (const auto kind : suggestions_by_kind)
    for (auto& found : kind(refusal))
      if (std::ranges::find(all, found) == all.end()) all.push_back(std::move(found));
  return all;
}

std::string to_string(const Suggestion& suggestion) {
  constexpr std::array<std::string_view, 4> words{"before", "after", "make", "remove"};
  const auto what = fmt::format("{} line {}", words.at(static_cast<std::size_t>(suggestion.kind)), suggestion.line);
  return suggestion.kind == Suggestion::Kind::remove ? what : fmt::format("{}: {}", what, suggestion.text);
}

std::string with_suggestion(const Suggestion& suggestion, std::string_view source) {
  std::string result;
  std::uint32_t number = 0;
  for (const auto line : split_lines(source)) {
    const auto indentation = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    const auto text = fmt::format("{}{}\n", indentation, suggestion.text);
    const bool here = ++number == suggestion.line;
    if (here && suggestion.kind == Suggestion::Kind::insert_before) result += text;
    if (here && suggestion.kind == Suggestion::Kind::replace)
      result += text;
    else if (!here || suggestion.kind != Suggestion::Kind::remove)
      result += fmt::format("{}\n", line);
    if (here && suggestion.kind == Suggestion::Kind::insert_after) result += text;
  }
  return result;
}

std::optional<Suggestion> combined(const Suggestion& first, const Suggestion& second) {
  const auto one = line_above(first), other = line_above(second);
  if (!one || !other || first.text == second.text) return std::nullopt;
  if (*other <= *one) return Suggestion{first.kind, first.line, fmt::format("{} {}", second.text, first.text)};
  return Suggestion{second.kind, second.line - 1, fmt::format("{} {}", first.text, second.text)};
}

}  // namespace sonda
