#include "cli/learn/lesson.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/files.h"
#include "base/text.h"
#include "report/output.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

namespace fs = std::filesystem;

/// Nothing if the folder is no lesson's.
std::optional<Lesson> read_lesson(const fs::path& folder) {
  const auto name = folder.filename().string();
  const auto dash = name.find('-');
  const auto number = parse_u64(name.substr(0, dash));
  if (dash == name.npos || !is_digit(name.front()) || !number || *number == 0 || *number > 99) return std::nullopt;
  Lesson lesson{.number = static_cast<int>(*number), .name = name.substr(dash + 1), .title = {}, .folder = folder};
  const auto page = read_file(lesson.page(), Stage::source, 1UL << 20);
  const auto lines = split_lines(page);
  lesson.title = lines.empty() || !lines.front().starts_with("# ") ? lesson.name : trim(lines.front().substr(2));
  return lesson;
}

constexpr std::string_view strong_on = "\x1b[1m", code_on = "\x1b[36m", all_off = "\x1b[0m";

class Page {
 public:
  explicit Page(const PageStyle& style) : style_(style) {}

  std::string render(std::string_view markdown) {
    for (const auto line : split_lines(markdown)) take(line);
    flush();
    return std::move(out_);
  }

 private:
  void take(std::string_view line) {
    if (line.starts_with("```")) {
      flush();
      in_code_ = !in_code_;
    } else if (in_code_) {
      put(line.empty() ? "" : "    " + coloured(code_on, escape_lines_for_terminal(line)));
    } else if (line.starts_with("#")) {
      flush();
      put(coloured(strong_on,
                   escape_lines_for_terminal(trim(line.substr(std::min(line.find_first_not_of('#'), line.size()))))));
    } else if (trim(line).empty()) {
      flush();
      put("");
    } else if (line.starts_with("- ")) {
      flush();
      add_words(line.substr(2));
      item_ = true;
    } else {
      add_words(line);
    }
  }

  void add_words(std::string_view line) {
    for (const auto word : split(line, ' '))
      if (!word.empty()) words_.emplace_back(word);
  }

  /// The paragraph or item so far, filled.
  void flush() {
    const std::string_view first = item_ ? "- " : "", others = item_ ? "  " : "";
    std::string line(first);
    std::size_t used = first.size();
    bool empty = true;
    for (const auto& word : words_) {
      const auto [text, width] = styled(word);
      if (!empty && used + 1 + width > style_.width) {
        put(line);
        line = others;
        used = others.size();
        empty = true;
      }
      if (!empty) line += ' ', ++used;
      line += text;
      used += width;
      empty = false;
    }
    if (!empty) put(line);
    words_.clear();
    item_ = false;
  }

  /// The word without its marks, and the columns that it takes. Marks may begin in one word and end in another; each
  /// line ends what it has begun, and the next goes on.
  std::pair<std::string, std::size_t> styled(std::string_view word) {
    std::string result, plain;
    std::size_t width = 0;
    const auto mark = [&] { return !style_.colours ? std::string_view() : code_ ? code_on : strong_ ? strong_on : ""; };
    const auto put_plain = [&] {
      if (plain.empty()) return;
      const auto on = mark();
      const auto shown = escape_lines_for_terminal(std::exchange(plain, {}));
      width += display_width(shown);
      result += std::string(on) + shown + std::string(on.empty() ? "" : all_off);
    };
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] == '`') {
        put_plain();
        code_ = !code_;
      } else if (!code_ && word.substr(i).starts_with("**")) {
        put_plain();
        strong_ = !strong_;
        ++i;
      } else {
        plain += word[i];
      }
    }
    put_plain();
    return {result, width};
  }

  std::string coloured(std::string_view on, const std::string& text) const {
    return style_.colours ? std::string(on) + text + std::string(all_off) : text;
  }

  void put(std::string_view line) {
    out_ += line;
    out_ += '\n';
  }

  PageStyle style_;
  std::string out_;
  std::vector<std::string> words_;
  bool in_code_ = false, item_ = false, code_ = false, strong_ = false;
};

}  // namespace

std::vector<Lesson> read_lessons(const fs::path& folder) {
  std::vector<Lesson> lessons;
  std::error_code failed, none;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->is_directory(none))
      if (auto lesson = read_lesson(entry->path())) lessons.push_back(std::move(*lesson));
  if (lessons.empty())
    throw Error(Stage::source, folder.string(), "the lessons of the course are not there", "install Sonda whole");
  std::ranges::sort(lessons, {}, &Lesson::number);
  return lessons;
}

const Lesson& find_lesson(const std::vector<Lesson>& lessons, std::string_view wanted) {
  const auto number = !wanted.empty() && is_digit(wanted.front()) ? parse_u64(wanted) : std::nullopt;
  const auto found = std::ranges::find_if(lessons, [&](const Lesson& lesson) {
    return number ? static_cast<std::uint64_t>(lesson.number) == *number
                  : lesson.name == wanted || lesson.full_name() == wanted;
  });
  if (found != lessons.end()) return *found;
  std::vector<std::string> names;
  for (const auto& lesson : lessons) names.push_back(lesson.name);
  const auto range = fmt::format("they are numbered from {} to {}; sonda learn lists them", lessons.front().number,
                                 lessons.back().number);
  throw Error(Stage::usage, std::string(wanted), "there is no such lesson",
              number ? range : did_you_mean(wanted, names, range));
}

std::string render_page(std::string_view markdown, const PageStyle& style) {
  return Page({.width = std::max<std::size_t>(style.width, 20), .colours = style.colours}).render(markdown);
}

std::size_t page_width() { return std::min<std::size_t>(report::terminal_size(STDOUT_FILENO).columns, 80); }

}  // namespace sonda::learn
