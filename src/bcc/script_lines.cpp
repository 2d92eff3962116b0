#include "bcc/script_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"

namespace sonda::bcc {
namespace {

/// The lines of a script, and where each text stands.
class Script {
 public:
  explicit Script(std::string_view text) : lines_(split_lines(text)) {
    for (std::uint32_t i = 0; i < lines_.size(); ++i) where_[trim(lines_[i])].push_back(i);
  }

  /// The line from which most of `texts`, from its beginning, stand one below the other; of several the first. Nothing
  /// once that has taken too long: a script in which the same lines come again and again.
  std::optional<std::uint32_t> best(std::span<const std::string_view> texts) {
    const auto found = where_.find(trim(texts.front()));
    if (found == where_.end() || found->second.size() > patience_) return std::nullopt;
    patience_ -= found->second.size();
    return *std::ranges::max_element(found->second,
                                     [&](auto a, auto b) { return run_from(texts, a) < run_from(texts, b); });
  }

  bool is_at(std::string_view text, std::size_t line) const {
    return line < lines_.size() && trim(lines_[line]) == trim(text);
  }

 private:
  std::size_t run_from(std::span<const std::string_view> texts, std::size_t line) const {
    constexpr std::size_t enough = 64;
    std::size_t run = 0;
    while (run < std::min(enough, texts.size()) && is_at(texts[run], line + run)) ++run;
    return run;
  }

  std::size_t patience_ = 100'000;  // places that are looked at
  std::vector<std::string_view> lines_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> where_;
};

/// What says too little to be found by: blank lines and lone braces stand everywhere.
bool says_something(std::string_view line) { return line.find_first_not_of(" \t{};") != line.npos; }

/// Lines between two that are known lie where something was exchanged: with as many lines between, one for one.
void fill_gaps(std::vector<std::uint32_t>& lines) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i] != 0 || lines[i - 1] == 0) continue;
    const auto next =
        std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end(), [](auto line) { return line != 0; });
    if (next == lines.end() || *next <= lines[i - 1]) continue;
    const auto until = static_cast<std::size_t>(next - lines.begin());
    const auto before = lines[i - 1];
    const bool is_one_for_one = *next - before == until - i + 1;
    for (auto at = i; at < until; ++at)
      lines[at] = is_one_for_one ? before + static_cast<std::uint32_t>(at - i) + 1 : std::min(before + 1, *next);
  }
}

/// The number that a message's text begins with, and how many digits it has.
std::pair<std::uint32_t, std::size_t> number_at(std::string_view text) {
  std::uint32_t number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 7 && text[digits] >= '0' && text[digits] <= '9')
    number = number * 10 + static_cast<std::uint32_t>(text[digits++] - '0');
  return {number, digits};
}

std::uint32_t mapped(const std::vector<std::uint32_t>& lines, std::uint32_t line) {
  const auto there = line == 0 || line > lines.size() ? 0 : lines[line - 1];
  return there;
}

/// The words of /proc/self/cmdline.
std::vector<std::string> own_words() {
  constexpr std::size_t most = 1UL << 16;
  std::vector<std::string> words;
  const auto text = try_read_file("/proc/self/cmdline", most).value_or("");
  for (const auto word : split(text, '\0')) words.emplace_back(word);
  return words;
}

}  // namespace

std::vector<std::uint32_t> lines_in_script(std::string_view text, std::string_view script_text) {
  Script script(script_text);
  const auto texts = split_lines(text);
  std::vector<std::uint32_t> lines(texts.size());
  std::optional<std::uint32_t> next;  // where the next one stands if nothing was exchanged
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!next || !script.is_at(texts[i], *next))
      next = says_something(texts[i]) ? script.best(std::span(texts).subspan(i)) : std::nullopt;
    if (!next) continue;
    lines[i] = *next + 1;
    next = *next + 1;
  }
  fill_gaps(lines);
  return lines;
}

std::string with_script_lines(std::string_view message, std::string_view name,
                              const std::vector<std::uint32_t>& lines) {
  const auto of_name = fmt::format("{}:", name);
  std::string result;
  for (auto line : split_lines(message)) {
    const auto begin = std::min(line.find_first_not_of(' '), line.size());
    if (const auto [number, digits] = number_at(line.substr(begin)); digits > 0) {
      const auto there = mapped(lines, number);
      if (there != 0 && line.substr(begin + digits).starts_with(" |")) {
        result += fmt::format("{:>{}}", there, begin + digits);
        line.remove_prefix(begin + digits);
      }
    }
    for (auto at = line.find(of_name); at != line.npos; at = line.find(of_name)) {
      result += line.substr(0, at + of_name.size());
      line.remove_prefix(at + of_name.size());
      const auto [number, digits] = number_at(line);
      if (digits == 0) continue;
      const auto there = mapped(lines, number);
      result += there == 0 ? std::string(line.substr(0, digits)) : std::to_string(there);
      line.remove_prefix(digits);
    }
    result += line;
    result += '\n';
  }
  return result;
}

std::optional<std::filesystem::path> running_script() {
  const auto words = own_words();
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "-c" || word == "-m") return std::nullopt;
    if (word == "-W" || word == "-X") ++i;
    if (!word.empty() && !word.starts_with('-')) return std::filesystem::path(word);
  }
  return std::nullopt;
}

}  // namespace sonda::bcc
