// Names that come from elsewhere (processes, directories, files) made harmless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sonda {

/// One character of UTF-8 text, or one byte that is not part of any.
struct Utf8Character {
  char32_t code = 0;       ///< the character; if not valid, the byte
  std::size_t length = 1;  ///< bytes
  bool valid = false;
};

/// The character that `bytes`, which must not be empty, begin with. Overlong forms, surrogates and codes above U+10FFFF
/// are not characters.
Utf8Character first_character(std::string_view bytes);

/// Fit for a terminal: control characters, DEL, C1 controls, bidirectional overrides and bytes that are not UTF-8
/// become \n, \t, \xHH or \u{HHHH}; a backslash becomes two. Printable UTF-8 stays as it is.
std::string escape_for_terminal(std::string_view bytes);

/// The same for text of several lines, such as source code: line ends, tabs and single backslashes stay.
std::string escape_lines_for_terminal(std::string_view bytes);

/// Whether escape_for_terminal() changes nothing because all of it is printable ASCII: most text.
bool stays_as_it_is(std::string_view text) noexcept;

/// Columns of a terminal that escape_for_terminal(bytes) takes.
std::size_t escaped_width(std::string_view bytes);

/// Valid UTF-8: each byte that is not part of a character becomes U+FFFD. Nothing else changes; JSON writers escape the
/// rest themselves.
std::string to_valid_utf8(std::string_view bytes);

/// Whether all of it is printable ASCII, which no escape changes but for a backslash.
bool is_plain(std::string_view text) noexcept;

/// Columns of a terminal that `text` takes (valid UTF-8; wide characters count 2, combining ones 0).
std::size_t display_width(std::string_view text);

}  // namespace sonda
