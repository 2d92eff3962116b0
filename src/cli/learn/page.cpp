#include "cli/learn/lesson.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/escape.h"
#include "base/text.h"
#include "report/output.h"

namespace sonda::learn {
namespace {

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
      const auto width = visible_width(word);
      if (!empty && used + 1 + width > style_.width) {
        put(line);
        line = others;
        used = others.size();
        empty = true;
      }
      if (!empty) line += ' ', ++used;
      line += styled(word);
      used += width;
      empty = false;
    }
    if (!empty) put(line);
    words_.clear();
    item_ = false;
  }

  static std::size_t visible_width(std::string_view word) {
    std::string plain;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] == '`') continue;
      if (word.substr(i).starts_with("**")) {
        ++i;
        continue;
      }
      plain += word[i];
    }
    return display_width(escape_lines_for_terminal(plain));
  }

  /// Marks may begin in one word and end in another; each line ends what it has begun, and the next goes on.
  std::string styled(std::string_view word) {
    std::string result, plain;
    const auto mark = [&] { return !style_.colours ? std::string_view() : code_ ? code_on : strong_ ? strong_on : ""; };
    const auto put_plain = [&] {
      if (plain.empty()) return;
      const auto on = mark();
      result += std::string(on) + escape_lines_for_terminal(plain) + std::string(on.empty() ? "" : all_off);
      plain.clear();
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
    return result;
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

std::string render_page(std::string_view markdown, const PageStyle& style) {
  return Page({.width = std::max<std::size_t>(style.width, 20), .colours = style.colours}).render(markdown);
}

std::size_t page_width() { return std::min<std::size_t>(report::terminal_size(STDOUT_FILENO).columns, 80); }

}  // namespace sonda::learn
