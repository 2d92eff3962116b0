#include "report/lines.h"

#include <algorithm>

#include "base/escape.h"

namespace sonda::report {

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\t')
      line += "  ";
    else if (c == '\n')
      line += "\\n";
    else
      line += c;
  }
  return escape_lines_for_terminal(line);
}

std::string fitted(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto next = rest.substr(0, first_character(rest).length);
    if (display_width(result) + display_width(next) + 2 > width) break;
    result += next;
    rest.remove_prefix(next.size());
  }
  return result + "..";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t room) {
  std::vector<std::string> lines(1);
  for (std::string_view rest = text; !rest.empty();) {
    auto end = std::min(rest.find_first_not_of(' '), rest.size());
    end = std::min(rest.find(' ', end), rest.size());
    auto word = rest.substr(0, end);  // with the blanks before it
    rest.remove_prefix(end);
    if (display_width(lines.back()) + display_width(word) > room) {
      word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
      // What needs more than a line of its own begins here, unless there is no room to speak of.
      const bool goes_on = display_width(word) > room && display_width(lines.back()) + 8 < room;
      if (goes_on && !lines.back().empty())
        lines.back() += ' ';
      else if (!lines.back().empty())
        lines.emplace_back();
    }
    while (!word.empty()) {
      const auto next = word.substr(0, first_character(word).length);
      if (display_width(lines.back()) + display_width(next) > room && !lines.back().empty()) lines.emplace_back();
      lines.back() += next;
      word.remove_prefix(next.size());
    }
  }
  return lines;
}

std::string filled(std::string first, std::string_view text, std::size_t width) {
  std::string result;
  for (const auto& line : wrapped(text, width - std::min(first.size(), width))) {
    result += first + line + '\n';
    first.assign(first.size(), ' ');
  }
  return result;
}

}  // namespace sonda::report
