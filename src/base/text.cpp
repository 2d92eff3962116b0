// Splitting, numbers, and which name was probably meant.
#include "base/text.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace sonda {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

// Independent of the locale: these are names in C and words of a file format.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

/// Insertions, removals, replacements and swaps of neighbours that turn one into the other; more than `most` is told
/// as most + 1.
std::size_t edits(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    if (*std::ranges::min_element(row) > most) return most + 1;
  }
  return std::min(row[b.size()], most + 1);
}

/// How far `name` is from `wanted` (both in small letters): first the kind of likeness, then the degree.
std::optional<std::pair<int, std::size_t>> distance(std::string_view wanted, std::string_view name) {
  if (wanted == name) return std::pair{0, std::size_t{0}};
  // Longer names than these are nobody's typing mistake, and the table of edits grows with their product.
  constexpr std::size_t longest = 256;
  if (wanted.empty() || name.empty() || wanted.size() > longest || name.size() > longest) return std::nullopt;
  const std::size_t most = std::max<std::size_t>(1, wanted.size() / 4);
  if (const auto n = edits(wanted, name, most); n <= most && n < wanted.size()) return std::pair{1, n};
  constexpr std::size_t shortest_part = 3;
  if (std::min(wanted.size(), name.size()) < shortest_part) return std::nullopt;
  if (name.starts_with(wanted)) return std::pair{2, name.size() - wanted.size()};
  if (wanted.starts_with(name)) return std::pair{3, wanted.size() - name.size()};
  if (name.find(wanted) != name.npos) return std::pair{4, name.size() - wanted.size()};
  return std::nullopt;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  auto lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (auto& line : lines)
    if (line.ends_with('\r')) line.remove_suffix(1);
  return lines;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

bool matches_pattern(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_'; }

bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text[0]) && std::ranges::all_of(text, is_name_character);
}

std::vector<std::string> near_matches(std::string_view wanted, const std::vector<std::string>& names,
                                      std::size_t most) {
  const auto small = lowered(wanted);
  std::vector<std::tuple<int, std::size_t, std::string_view>> found;
  for (const auto& name : names)
    if (const auto d = distance(small, lowered(name))) found.emplace_back(d->first, d->second, name);
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<std::string> best;
  for (const auto& entry : found) {
    if (best.size() == most) break;
    best.emplace_back(std::get<2>(entry));
  }
  return best;
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names, std::string otherwise) {
  const auto near = near_matches(wanted, names);
  if (near.empty()) return otherwise;
  return fmt::format("did you mean '{}'?", fmt::join(near, "', '"));
}

}  // namespace sonda
