#include "compile/user_places.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "compile/line_map.h"

namespace sonda {
namespace {

using Lines = std::vector<std::string_view>;

/// Clang shows tabs as blanks.
bool same_but_for_blanks(std::string_view a, std::string_view b) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  auto left = a.begin(), right = b.begin();
  for (;;) {
    left = std::find_if_not(left, a.end(), is_blank);
    right = std::find_if_not(right, b.end(), is_blank);
    if (left == a.end() || right == b.end()) return left == a.end() && right == b.end();
    if (*left++ != *right++) return false;
  }
}

bool is_at(const Diagnostic& diagnostic, const Lines& lines) {
  const auto line = static_cast<std::size_t>(diagnostic.line);
  return line >= 1 && line <= lines.size() && same_but_for_blanks(lines[line - 1], diagnostic.excerpt.front());
}

/// The nearest line before its own that is the one shown; what was put before functions moves those behind it.
std::optional<int> moved_from(const Diagnostic& diagnostic, const Lines& lines) {
  auto moved = diagnostic;
  for (moved.line = std::min(diagnostic.line, static_cast<int>(lines.size())); moved.line > 0; --moved.line)
    if (is_at(moved, lines)) return moved.line;
  return std::nullopt;
}

void limit(Diagnostic& diagnostic, const Lines& lines) {
  diagnostic.line = std::min(diagnostic.line, static_cast<int>(lines.size()));
  const auto length = diagnostic.line > 0 ? lines[static_cast<std::size_t>(diagnostic.line - 1)].size() : 0;
  if (static_cast<std::size_t>(std::max(diagnostic.column, 0)) > length + 1) diagnostic.column = 0;
}

}  // namespace

void place_in_source(std::vector<Diagnostic>& diagnostics, std::string_view source, std::string_view rewritten) {
  const auto ours = split_lines(source), theirs = split_lines(rewritten);
  const auto has_place = [](const Diagnostic& one) {
    return in_probe(one) && one.function.empty() && one.line > 0 && !one.excerpt.empty();
  };
  // All of a compile's errors are about one of the texts.
  const auto all_at = [&](const Lines& lines) {
    return std::ranges::all_of(diagnostics, [&](const Diagnostic& one) {
      return !has_place(one) || !one.severity.ends_with("error") || is_at(one, lines);
    });
  };
  const bool is_ours = all_at(ours), is_theirs = !is_ours && all_at(theirs);
  for (auto& diagnostic : diagnostics) {
    if (!in_probe(diagnostic)) continue;
    if (has_place(diagnostic) && !is_ours) {
      if (is_theirs && is_at(diagnostic, theirs)) {
        const auto place = original_place(
            source, rewritten,
            {static_cast<std::uint32_t>(diagnostic.line), static_cast<std::uint32_t>(std::max(diagnostic.column, 0))});
        diagnostic.line = static_cast<int>(place.line);
        diagnostic.column = static_cast<int>(place.column);
      } else if (const auto line = moved_from(diagnostic, ours)) {
        diagnostic.line = *line;
      } else {
        diagnostic.column = 0;
      }
    }
    limit(diagnostic, ours);
  }
}

}  // namespace sonda
