#include "source/map_entry.h"

#include <algorithm>

#include "base/excerpt.h"
#include "base/text.h"
#include "source/c_scanner.h"

namespace sonda {
namespace {

constexpr std::string_view blanks = " \t";

/// The bracket that closes the one at `open`; npos if none does. Those in quotes do not count, and quotes do only where
/// a value can begin.
std::size_t closing(std::string_view text, std::size_t open) {
  constexpr std::string_view before_value = "[{,= \t";
  std::size_t depth = 0;
  char quote = '\0';
  for (auto at = open; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\')
        ++at;
      else if (c == quote)
        quote = '\0';
    } else if ((c == '"' || c == '\'') && before_value.contains(text[at - 1])) {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return at;
    }
  }
  return text.npos;
}

std::size_t past_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(blanks, at), text.size());
}

}  // namespace

MapEntry read_map_entry(std::string_view text, const Complain& complain) {
  const auto name = text.substr(0, name_length(text));
  if (!is_identifier(name)) throw complain(0, "the map's name is missing", {});
  MapEntry entry{.map = std::string(name), .key = {}, .value = {}, .text = std::string(text), .at = {}};
  auto at = past_blanks(text, name.size());
  if (text.substr(at).starts_with('[')) {
    const auto close = closing(text, at);
    if (close == text.npos) throw complain(at, "the ']' behind the key is missing", {});
    entry.key_offset = past_blanks(text, at + 1);
    entry.key = trim(text.substr(entry.key_offset, close - entry.key_offset));
    if (entry.key->empty()) throw complain(close, "the key is missing", {});
    at = past_blanks(text, close + 1);
  }
  if (!text.substr(at).starts_with('=')) throw complain(at, "'=' is missing before the value", {});
  entry.value_offset = past_blanks(text, at + 1);
  entry.value = trim(text.substr(entry.value_offset));
  if (entry.value.empty()) throw complain(entry.value_offset, "the value is missing", {});
  return entry;
}

MapEntry parse_map_entry(std::string_view text) {
  return read_map_entry(trim(text), [&](std::size_t offset, std::string cause, std::string hint) {
    Error error(Stage::usage, std::string(text), std::move(cause),
                hint.empty() ? "written MAP[KEY]=VALUE, of a queue or a stack MAP=VALUE" : std::move(hint));
    return error.with_excerpt(caret_excerpt(trim(text), offset + 1));
  });
}

}  // namespace sonda
