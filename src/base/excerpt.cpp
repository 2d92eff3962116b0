// A line of a file and a caret below it.
#include "base/excerpt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace sonda {
namespace {

constexpr std::size_t longest_side = 160;

bool inside_character(std::string_view line, std::size_t at) {
  return at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0U) == 0x80U;
}

/// Blanks as wide as `text` is on a terminal; tabs stay, since their width depends on where they stand.
std::string blanks_for(std::string_view text) {
  std::string blanks;
  while (!text.empty()) {
    const auto piece = text.substr(0, text.find('\t'));
    blanks.append(display_width(piece), ' ');
    if (piece.size() == text.size()) break;
    blanks += '\t';
    text.remove_prefix(piece.size() + 1);
  }
  return blanks;
}

}  // namespace

std::string caret_excerpt(std::string_view line, std::size_t column) {
  const auto at = std::min(std::max<std::size_t>(column, 1) - 1, line.size());
  auto first = at > longest_side ? at - longest_side : 0;
  while (inside_character(line, first)) ++first;
  auto last = std::min(at + longest_side, line.size());
  while (inside_character(line, last)) ++last;
  const auto before = (first > 0 ? "..." : "") + escape_lines_for_terminal(line.substr(first, at - first));
  const auto after = escape_lines_for_terminal(line.substr(at, last - at)) + (last < line.size() ? "..." : "");
  return before + after + '\n' + blanks_for(before) + '^';
}

std::string numbered_excerpt(std::size_t number, std::string_view line, std::ptrdiff_t column) {
  auto shown = fmt::format("{:5} | {}\n", number, line);
  if (column < 1) return shown;
  return shown + fmt::format("      | {}^\n", blanks_for(line.substr(0, static_cast<std::size_t>(column) - 1)));
}

}  // namespace sonda
