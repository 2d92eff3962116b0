// UTF-8 taken apart, and what could harm a terminal or a JSON reader replaced.
#include "base/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sonda {
namespace {

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

// They change the order or the lines in which a terminal shows what stands around them.
bool rearranges(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

enum class Layout { one_line, lines };

std::string escape(std::string_view bytes, Layout layout) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto c = first_character(bytes);
    const auto value = static_cast<std::uint32_t>(c.code);
    const bool one_line = layout == Layout::one_line;
    if (c.code == U'\n' || c.code == U'\t') {
      out += one_line ? (c.code == U'\n' ? "\\n" : "\\t") : bytes.substr(0, 1);
    } else if (c.code == U'\\' && one_line) {
      out += "\\\\";
    } else if (!c.valid || (is_control(c.code) && c.length == 1)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", value);
    } else if (is_control(c.code) || rearranges(c.code)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", value);
    } else {
      out += bytes.substr(0, c.length);
    }
    bytes.remove_prefix(c.length);
  }
  return out;
}

}  // namespace

Utf8Character first_character(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const Utf8Character stray{first, 1, false};
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return stray;
  char32_t code = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return stray;
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) return stray;
  return {code, length, true};
}

bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool stays_as_it_is(std::string_view text) noexcept { return is_plain(text) && text.find('\\') == text.npos; }

std::size_t escaped_width(std::string_view bytes) {
  return stays_as_it_is(bytes) ? bytes.size() : display_width(escape(bytes, Layout::one_line));
}

std::string escape_for_terminal(std::string_view bytes) {
  return stays_as_it_is(bytes) ? std::string(bytes) : escape(bytes, Layout::one_line);
}

std::string escape_lines_for_terminal(std::string_view bytes) { return escape(bytes, Layout::lines); }

std::string to_valid_utf8(std::string_view bytes) {
  if (is_plain(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto c = first_character(bytes);
    out += c.valid ? bytes.substr(0, c.length) : std::string_view("\xef\xbf\xbd");
    bytes.remove_prefix(c.length);
  }
  return out;
}

}  // namespace sonda
