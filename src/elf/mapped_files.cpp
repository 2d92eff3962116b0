#include "elf/mapped_files.h"

#include <charconv>

namespace sonda {
namespace {

// Takes numbers and separators off the front of a line.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool number(std::uint64_t& value, int base) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  bool skip(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string_view> word(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view after_spaces() {
    const auto start = rest_.find_first_not_of(' ');
    return start == rest_.npos ? std::string_view{} : rest_.substr(start);
  }

 private:
  std::string_view rest_;
};

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
  Mapping mapping;
  Scanner scanner(line);
  std::uint64_t major = 0, minor = 0;
  if (!scanner.number(mapping.start, 16) || !scanner.skip('-') || !scanner.number(mapping.end, 16)) return std::nullopt;
  if (!scanner.skip(' ')) return std::nullopt;
  const auto permissions = scanner.word(4);
  if (!permissions || !scanner.skip(' ') || !scanner.number(mapping.offset, 16)) return std::nullopt;
  if (!scanner.skip(' ') || !scanner.number(major, 16) || !scanner.skip(':') || !scanner.number(minor, 16))
    return std::nullopt;
  if (!scanner.skip(' ') || !scanner.number(mapping.inode, 10) || mapping.start >= mapping.end) return std::nullopt;
  mapping.device = major << 32 | (minor & 0xffffffff);
  mapping.code = (*permissions)[2] == 'x';
  auto path = scanner.after_spaces();
  constexpr std::string_view deleted = " (deleted)";
  if (path.ends_with(deleted)) path.remove_suffix(deleted.size());
  mapping.path = unescape(path);
  return mapping;
}

}  // namespace sonda
