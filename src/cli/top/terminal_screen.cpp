#include "cli/top/terminal_screen.h"

#include <langinfo.h>
#include <termios.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "report/output.h"
#include "sonda/error.h"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace sonda::top {
namespace {

constexpr short accent = 1, alarm_colour = 2, graph_colour = 3;

attr_t attributes(Style style, bool colours) {
  const auto pair = [&](short number) { return colours ? static_cast<attr_t>(COLOR_PAIR(number)) : A_NORMAL; };
  switch (style) {
    case Style::title:
      return A_BOLD;
    case Style::header:
      return A_REVERSE;
    case Style::sorted:
      return colours ? A_REVERSE | A_BOLD | pair(accent) : A_REVERSE | A_BOLD | A_UNDERLINE;
    case Style::selected:
      return A_REVERSE | A_BOLD;
    case Style::dim:
      return A_DIM;
    case Style::strong:
      return A_BOLD | pair(accent);
    case Style::warning:
      return A_BOLD | pair(alarm_colour);
    case Style::graph:
      return pair(graph_colour);
    case Style::plain:
      break;
  }
  return A_NORMAL;
}

/// Ctrl-C is a key: two of them in a row must not end the process before the terminal is as it was.
void take_interrupt_key() {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  modes.c_cc[VINTR] = _POSIX_VDISABLE;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
  ::def_prog_mode();
}

std::optional<Key::Code> code_of(wint_t key) {
  switch (key) {
    case KEY_UP:
      return Key::Code::up;
    case KEY_DOWN:
      return Key::Code::down;
    case KEY_LEFT:
      return Key::Code::left;
    case KEY_RIGHT:
      return Key::Code::right;
    case KEY_PPAGE:
      return Key::Code::page_up;
    case KEY_NPAGE:
      return Key::Code::page_down;
    case KEY_HOME:
      return Key::Code::home;
    case KEY_END:
      return Key::Code::end;
    case KEY_ENTER:
      return Key::Code::enter;
    case KEY_BACKSPACE:
      return Key::Code::backspace;
    case KEY_F(1):
      return Key::Code::help;
    case KEY_RESIZE:
      return Key::Code::redraw;
    default:
      return std::nullopt;
  }
}

}  // namespace

struct TerminalScreen::Curses {
  SCREEN* screen;
  explicit Curses(SCREEN* made) : screen(made) {}
  Curses(const Curses&) = delete;
  Curses& operator=(const Curses&) = delete;
  ~Curses() {
    ::endwin();
    ::delscreen(screen);
  }
};

bool TerminalScreen::possible() {
  return ::isatty(STDIN_FILENO) == 1 && report::can_style(::isatty(STDOUT_FILENO) == 1, std::getenv("TERM"));
}

TerminalScreen::TerminalScreen() {
  // The classification of characters alone: numbers are to look the same everywhere.
  ::setlocale(LC_CTYPE, "");
  utf8_ = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  const char* term = std::getenv("TERM");
  SCREEN* screen = ::newterm(term, stdout, stdin);
  if (screen == nullptr)
    throw Error(Stage::report, std::string("TERM=") + (term == nullptr ? "" : term), "no such terminal is known here",
                "set TERM to one that is, such as xterm or vt100, or ask for plain output with --once");
  curses_ = std::make_unique<Curses>(screen);
  ::set_escdelay(25);
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  take_interrupt_key();
  colours_ = report::can_colour(true, term, std::getenv("NO_COLOR")) && ::has_colors();
  if (!colours_) return;
  ::start_color();
  const short background = ::use_default_colors() == OK ? -1 : COLOR_BLACK;
  ::init_pair(accent, COLOR_CYAN, background);
  ::init_pair(alarm_colour, COLOR_YELLOW, background);
  ::init_pair(graph_colour, COLOR_GREEN, background);
}

TerminalScreen::~TerminalScreen() = default;

Surface TerminalScreen::surface() const {
  return {static_cast<std::size_t>(::getmaxx(stdscr)), static_cast<std::size_t>(::getmaxy(stdscr)), utf8_};
}

void TerminalScreen::draw(const std::vector<Line>& lines) {
  ::werase(stdscr);
  const auto rows = ::getmaxy(stdscr);
  for (int row = 0; row < rows && row < static_cast<int>(lines.size()); ++row) {
    ::wmove(stdscr, row, 0);
    for (const auto& span : lines[static_cast<std::size_t>(row)]) {
      ::wattrset(stdscr, static_cast<int>(attributes(span.style, colours_)));
      ::waddnstr(stdscr, span.text.c_str(), static_cast<int>(span.text.size()));
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

std::optional<Key> TerminalScreen::read_key() {
  wint_t key = 0;
  const int kind = ::wget_wch(stdscr, &key);
  if (kind == ERR) return std::nullopt;
  if (kind == KEY_CODE_YES) {
    const auto code = code_of(key);
    return code ? std::optional(Key{*code}) : std::nullopt;
  }
  switch (key) {
    case L'\r':
    case L'\n':
      return Key{Key::Code::enter};
    case L'\x03':  // Ctrl-C
      return Key{Key::Code::interrupt};
    case L'\t':
      return Key{Key::Code::tab};
    case L'\x1b':
      return Key{Key::Code::escape};
    case L'\b':
    case L'\x7f':
      return Key{Key::Code::backspace};
    case L'\f':  // Ctrl-L
      ::wclear(stdscr);
      return Key{Key::Code::redraw};
    default:
      return Key{Key::Code::character, static_cast<char32_t>(key)};
  }
}

}  // namespace sonda::top
