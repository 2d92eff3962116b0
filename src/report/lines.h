// Text made to fit the width of a terminal, and made fit for XML and HTML.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::report {

/// Harmless to a terminal, on one line: tabs become two blanks; a backslash, such as one of source code, stays as it
/// is.
std::string one_line(std::string_view text);

/// The longest beginning of `text` (valid UTF-8) that takes at most `width` columns.
std::string_view beginning(std::string_view text, std::size_t width);

/// As much of `text` (valid UTF-8) as `width` columns hold; what is cut off shows as "..".
std::string fitted(const std::string& text, std::size_t width);

/// `text` (valid UTF-8) in lines of up to `room` columns, at least 8: broken at blanks; a word that is longer than a
/// line goes on in the next. One empty line for no text.
std::vector<std::string> wrapped(std::string_view text, std::size_t room);

/// The same lines, each with its end, on `width` columns: behind `first`, and then as far to the right.
std::string filled(std::string first, std::string_view text, std::size_t width);

/// `text`, which must be valid UTF-8, harmless between tags and in attributes with double quotes. Two characters that
/// Unicode has are none in XML: they become U+FFFD.
std::string escape_markup(std::string_view text);

/// For who writes markup piece by piece. What is put in must be harmless.
class MarkupWriter {
 protected:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  std::string text_;
};

}  // namespace sonda::report
