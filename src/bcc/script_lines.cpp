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

/// Where the next triple quotes are: those that end the text that we are in, or any; npos if there are none.
std::size_t first_quotes(std::string_view line, std::string_view inside) {
  if (!inside.empty()) return line.find(inside);
  return std::min(line.find("\"\"\""), line.find("'''"));
}

/// A backslash that is written as two. Other escapes are rare in C that stands in a script.
std::string as_python_reads(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    result += line[i];
    if (line.substr(i).starts_with("\\\\")) ++i;
  }
  return result;
}

/// What of each line of a script can be C: inside of triple quotes what is there of it, elsewhere all.
std::vector<std::string> c_of(std::string_view script) {
  std::vector<std::string> result;
  std::string_view quotes;  // those that end the text that we are in
  for (auto line : split_lines(script)) {
    for (auto at = first_quotes(line, quotes); at != line.npos; at = first_quotes(line, quotes)) {
      const bool ends = !quotes.empty();
      const auto found = line.substr(at, 3);
      line = ends && line.find_first_not_of(" \t") < at ? line.substr(0, at) : line.substr(at + 3);
      quotes = ends ? std::string_view() : found;
    }
    result.emplace_back(as_python_reads(trim(line)));
  }
  return result;
}

/// The lines of a script, and where each text stands.
class Script {
 public:
  explicit Script(std::string_view text) : lines_(c_of(text)) {
    for (std::uint32_t i = 0; i < lines_.size(); ++i) where_[lines_[i]].push_back(i);
  }

  /// The line from which most of `texts`, from its beginning, stand one below the other; of several the first that is
  /// not before `from`. Nothing once that has taken too long: a script in which the same lines come again and again.
  std::optional<std::uint32_t> best(std::span<const std::string_view> texts, std::uint32_t from) {
    const auto found = where_.find(trim(texts.front()));
    if (found == where_.end() || found->second.size() > patience_) return std::nullopt;
    patience_ -= found->second.size();
    const auto rank = [&](auto line) { return std::pair(run_from(texts, line), line >= from); };
    return *std::ranges::max_element(found->second, {}, rank);
  }

  bool is_at(std::string_view text, std::size_t line) const {
    return line < lines_.size() && lines_[line] == trim(text);
  }

 private:
  std::size_t run_from(std::span<const std::string_view> texts, std::size_t line) const {
    constexpr std::size_t enough = 64;
    std::size_t run = 0;
    while (run < std::min(enough, texts.size()) && is_at(texts[run], line + run)) ++run;
    return run;
  }

  std::size_t patience_ = 100'000;  // places that are looked at
  std::vector<std::string> lines_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> where_;
};

/// What says too little to be found by: blank lines and lone braces stand everywhere.
bool says_something(std::string_view line) { return line.find_first_not_of(" \t{};") != line.npos; }

/// Lines between two that are known lie where something was exchanged: with as many lines between, one for one. Those
/// before the first and behind the last were put there.
void fill_gaps(std::vector<std::uint32_t>& lines) {
  const auto is_known = [](auto line) { return line != 0; };
  const auto first = std::ranges::find_if(lines, is_known);
  if (first == lines.end()) return;
  std::fill(lines.begin(), first, *first);
  for (auto i = static_cast<std::size_t>(first - lines.begin()) + 1; i < lines.size(); ++i) {
    if (lines[i] != 0) continue;
    const auto next = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end(), is_known);
    const auto until = static_cast<std::size_t>(next - lines.begin());
    const auto before = lines[i - 1];
    const bool is_forward = next != lines.end() && *next > before;
    const bool is_one_for_one = is_forward && *next - before == until - i + 1;
    for (auto at = i; at < until; ++at)
      lines[at] = is_one_for_one ? before + static_cast<std::uint32_t>(at - i) + 1
                  : is_forward   ? std::min(before + 1, *next)
                                 : before;
    i = until;
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

}  // namespace

std::vector<std::uint32_t> lines_in_script(std::string_view text, std::string_view script_text) {
  Script script(script_text);
  const auto texts = split_lines(text);
  std::vector<std::uint32_t> lines(texts.size());
  if (lines.empty()) return lines;
  std::uint32_t next = 0;  // where the next one stands if nothing was put in or taken out
  bool is_known = false;   // where the last one stands
  for (std::size_t i = 0; i < texts.size(); ++i, ++next) {
    const bool is_telling = says_something(texts[i]);
    if ((is_known || is_telling) && next > 0 && script.is_at(texts[i], next)) {
      is_known = true;
    } else {
      const auto best = is_telling ? script.best(std::span(texts).subspan(i), next) : std::nullopt;
      is_known = best.has_value();
      next = best.value_or(next);
    }
    if (is_known) lines[i] = next + 1;
  }
  for (std::size_t i = lines.size() - 1; i-- > 0;)
    if (lines[i] == 0 && lines[i + 1] > 1 && script.is_at(texts[i], lines[i + 1] - 2)) lines[i] = lines[i + 1] - 1;
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

std::vector<std::string> own_words() {
  constexpr std::size_t most = 1UL << 16;
  std::vector<std::string> words;
  const auto text = try_read_file("/proc/self/cmdline", most).value_or("");
  for (const auto word : split(text, '\0')) words.emplace_back(word);
  return words;
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
