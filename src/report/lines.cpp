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

std::string_view beginning(std::string_view text, std::size_t width) {
  std::size_t bytes = 0, taken = 0;
  while (bytes < text.size()) {
    const auto length = first_character(text.substr(bytes)).length;
    taken += display_width(text.substr(bytes, length));
    if (taken > width) break;
    bytes += length;
  }
  return text.substr(0, bytes);
}

std::string fitted(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  return std::string(beginning(text, std::max<std::size_t>(width, 2) - 2)) + "..";
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

std::string escape_markup(std::string_view text) {
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto character = first_character(rest);
    const auto bytes = rest.substr(0, character.length);
    rest.remove_prefix(character.length);
    if (bytes == "&")
      result += "&amp;";
    else if (bytes == "<")
      result += "&lt;";
    else if (bytes == ">")
      result += "&gt;";
    else if (bytes == "\"")
      result += "&quot;";
    else if (character.code == 0xfffe || character.code == 0xffff)
      result += "\xef\xbf\xbd";
    else
      result += bytes;
  }
  return result;
}

}  // namespace sonda::report
