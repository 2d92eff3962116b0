// Lines edited at a terminal, by libedit.
#include <fmt/format.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cwchar>

#include "base/escape.h"
#include "base/stop.h"
#include "cli/shell/line_reader.h"

namespace sonda::shell {
namespace {

constexpr auto most_remembered = 1000;

using EndHistory = decltype([](History* history) { ::history_end(history); });
using EndLine = decltype([](EditLine* line) { ::el_end(line); });

/// `words` side by side in columns, as many as fit `size`.
std::string in_columns(const std::vector<std::string>& words, bool more, report::TerminalSize size) {
  std::size_t widest = 1;
  std::vector<std::string> shown;
  for (const auto& word : words) {
    shown.push_back(escape_for_terminal(word));
    widest = std::max(widest, display_width(shown.back()) + 2);
  }
  const auto columns = std::max<std::size_t>(size.columns / widest, 1);
  const auto most_rows = size.rows > 6 ? size.rows - 4 : 2;
  const auto rows = std::min((shown.size() + columns - 1) / columns, most_rows);
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::size_t i = row; i < shown.size() && i < rows * columns; i += rows)
      line += shown[i] + std::string(widest - display_width(shown[i]), ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  if (more || shown.size() > rows * columns)
    text += more ? "... and more\n" : fmt::format("... and {} more\n", shown.size() - rows * columns);
  return text;
}

class EditedLines : public LineReader {
 public:
  EditedLines(Workspace& workspace, Completer& completer, const std::vector<std::string>& lines)
      : workspace_(workspace), completer_(completer), history_(::history_init()) {
    std::setlocale(LC_CTYPE, "");  // which bytes are characters, as the terminal has it
    line_.reset(::el_init("sonda", stdin, stdout, stderr));
    if (!line_ || !history_) throw Error(Stage::usage, "standard input", "lines cannot be edited here");
    auto* const line = line_.get();
    ::el_set(line, EL_CLIENTDATA, this);
    ::el_set(line, EL_PROMPT_ESC, prompt, '\1');
    ::el_set(line, EL_EDITOR, "emacs");
    ::el_set(line, EL_SIGNAL, 0);
    ::el_set(line, EL_GETCFN, read_character);
    ::el_set(line, EL_ADDFN, "sonda-complete", "complete a word", complete);
    ::el_set(line, EL_ADDFN, "sonda-interrupt", "drop the line", interrupt);
    ::el_set(line, EL_BIND, "^I", "sonda-complete", nullptr);
    ::el_set(line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    ::el_set(line, EL_BIND, "^C", "sonda-interrupt", nullptr);
    ::el_set(line, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
    ::el_set(line, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
    HistEvent event{};
    ::history(history_.get(), &event, H_SETSIZE, most_remembered);
    ::history(history_.get(), &event, H_SETUNIQUE, 1);
    ::el_set(line, EL_HIST, ::history, history_.get());
    for (const auto& one : lines) ::history(history_.get(), &event, H_ENTER, one.c_str());
  }

  std::optional<std::string> next() override {
    for (;;) {
      interrupted_ = false;
      size_ = workspace_.run().output().size();
      ::el_resize(line_.get());
      int length = 0;
      const char* text = ::el_gets(line_.get(), &length);
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      if (interrupted_) continue;
      if (text == nullptr || length <= 0) {
        workspace_.run().output().write("\n");
        return std::nullopt;
      }
      std::string line(text, static_cast<std::size_t>(length));
      while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
      HistEvent event{};
      if (line.find_first_not_of(" \t") != line.npos) ::history(history_.get(), &event, H_ENTER, line.c_str());
      return line;
    }
  }

 private:
  static EditedLines& self(EditLine* line) {
    void* data = nullptr;
    ::el_get(line, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }

  // What stands between the marks takes no room.
  static char* prompt(EditLine* line) {
    static char plain[] = "sonda> ", bold[] = "\1\x1b[1m\1sonda>\1\x1b[0m\1 ";
    return self(line).workspace_.run().output().colours() ? bold : plain;
  }

  /// One character of what is typed; waits for it, and for events meanwhile.
  static int read_character(EditLine* line, wchar_t* character) {
    auto& me = self(line);
    try {
      return me.read(*character);
    } catch (...) {
      me.failure_ = std::current_exception();  // not through libedit's frames
      return 0;
    }
  }

  int read(wchar_t& character) {
    std::mbstate_t state{};
    for (;;) {
      const bool typed = workspace_.wait_for(STDIN_FILENO);
      follow_size();
      if (!typed) {
        if (forget_interrupt() != SIGINT) return 0;
        character = L'\x03';
        return 1;
      }
      char byte = 0;
      const auto got = ::read(STDIN_FILENO, &byte, 1);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) return 0;
      const auto length = std::mbrtowc(&character, &byte, 1, &state);
      if (length == static_cast<std::size_t>(-2)) continue;
      if (length == static_cast<std::size_t>(-1)) {
        state = {};
        character = L'?';
      }
      if (length == 0) character = L'\0';
      return 1;
    }
  }

  void follow_size() {
    const auto now = workspace_.run().output().size();
    if (now.columns == size_.columns && now.rows == size_.rows) return;
    size_ = now;
    ::el_resize(line_.get());
  }

  static unsigned char interrupt(EditLine* line, int) {
    self(line).interrupted_ = true;
    std::fputs("^C\n", stdout);
    std::fflush(stdout);
    return CC_NEWLINE;
  }

  static unsigned char complete(EditLine* line, int) {
    auto& me = self(line);
    try {
      return me.complete_word();
    } catch (const std::exception&) {
      return CC_REFRESH_BEEP;
    }
  }

  unsigned char complete_word() {
    const auto* info = ::el_line(line_.get());
    const std::string before(info->buffer, info->cursor);
    const auto found = completer_.complete(before);
    if (found.words.empty()) return CC_REFRESH_BEEP;
    const auto typed = before.substr(found.from);
    auto common = found.words.front();
    for (const auto& word : found.words)
      common.resize(static_cast<std::size_t>(std::ranges::mismatch(common, word).in1 - common.begin()));
    if (found.words.size() == 1 && !found.more) {
      const auto last = common.empty() ? '\0' : common.back();
      if (last != '/' && last != ':' && last != '=') common += ' ';
    }
    if (common.size() > typed.size() && common.starts_with(typed)) {
      ::el_insertstr(line_.get(), common.substr(typed.size()).c_str());
      return CC_REFRESH;
    }
    if (found.words.size() == 1) return CC_REFRESH_BEEP;
    std::fputs(("\n" + in_columns(found.words, found.more, size_)).c_str(), stdout);
    std::fflush(stdout);
    return CC_REDISPLAY;
  }

  Workspace& workspace_;
  Completer& completer_;
  std::unique_ptr<History, EndHistory> history_;
  std::unique_ptr<EditLine, EndLine> line_;
  report::TerminalSize size_;
  bool interrupted_ = false;
  std::exception_ptr failure_;
};

}  // namespace

std::unique_ptr<LineReader> edited_lines(Workspace& workspace, Completer& completer,
                                         const std::vector<std::string>& history) {
  return std::make_unique<EditedLines>(workspace, completer, history);
}

}  // namespace sonda::shell
