#include "elf/mapped_files.h"

#include <algorithm>
#include <charconv>

namespace sonda {
namespace {

// Takes the number at the front of `text`, and `end` behind it.
std::optional<std::uint64_t> take_number(std::string_view& text, char end, int base = 16) {
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (error != std::errc{} || (!text.empty() && text.front() != end)) return std::nullopt;
  text.remove_prefix(text.empty() ? 0 : 1);
  return value;
}

// The kernel writes a newline of a name as \012, and nothing else otherwise than it is.
std::string unescape(std::string_view path) {
  constexpr std::string_view newline = "\\012";
  std::string result;
  for (auto at = path.find(newline); at != path.npos; at = path.find(newline)) {
    result += path.substr(0, at);
    result += '\n';
    path.remove_prefix(at + newline.size());
  }
  return result += path;
}

}  // namespace

std::optional<Mapping> parse_mapping(std::string_view line) {
  constexpr std::size_t permissions = 5;  // "r-xp "
  const auto start = take_number(line, '-'), end = take_number(line, ' ');
  if (!start || !end || *start >= *end || line.size() < permissions || line[permissions - 1] != ' ')
    return std::nullopt;
  const bool code = line[2] == 'x';
  line.remove_prefix(permissions);
  const auto offset = take_number(line, ' '), major = take_number(line, ':'), minor = take_number(line, ' ');
  const auto inode = take_number(line, ' ', 10);
  if (!offset || !major || !minor || !inode) return std::nullopt;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  constexpr std::string_view deleted = " (deleted)";
  if (line.ends_with(deleted)) line.remove_suffix(deleted.size());
  return Mapping{.start = *start,
                 .end = *end,
                 .offset = *offset,
                 .device = *major << 32 | (*minor & 0xffffffff),
                 .inode = *inode,
                 .code = code,
                 .path = unescape(line)};
}

}  // namespace sonda
