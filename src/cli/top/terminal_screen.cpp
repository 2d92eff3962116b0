#include "cli/top/terminal_screen.h"

#include <langinfo.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

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
  // As in enum Style.
  const attr_t all[] = {A_NORMAL,
                        A_BOLD,
                        A_REVERSE,
                        A_REVERSE | A_BOLD | (colours ? pair(accent) : A_UNDERLINE),
                        A_REVERSE | A_BOLD,
                        A_DIM,
                        A_BOLD | pair(accent),
                        A_BOLD | pair(alarm_colour),
                        pair(graph_colour)};
  return all[static_cast<std::size_t>(style)];
}

/// Ctrl-C is a key: two of them in a row must not end the process before the terminal is as it was.
void take_interrupt_key() {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  modes.c_cc[VINTR] = _POSIX_VDISABLE;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
  ::def_prog_mode();
}

using KeyCode = std::pair<wint_t, Key::Code>;

constexpr auto special_keys = std::to_array<KeyCode>({{KEY_UP, Key::Code::up},
                                                      {KEY_DOWN, Key::Code::down},
                                                      {KEY_LEFT, Key::Code::left},
                                                      {KEY_RIGHT, Key::Code::right},
                                                      {KEY_PPAGE, Key::Code::page_up},
                                                      {KEY_NPAGE, Key::Code::page_down},
                                                      {KEY_HOME, Key::Code::home},
                                                      {KEY_END, Key::Code::end},
                                                      {KEY_ENTER, Key::Code::enter},
                                                      {KEY_BACKSPACE, Key::Code::backspace},
                                                      {KEY_F(1), Key::Code::help},
                                                      {KEY_RESIZE, Key::Code::redraw}});
constexpr auto control_characters = std::to_array<KeyCode>({{L'\r', Key::Code::enter},
                                                            {L'\n', Key::Code::enter},
                                                            {L'\x03', Key::Code::interrupt},
                                                            {L'\t', Key::Code::tab},
                                                            {L'\x1b', Key::Code::escape},
                                                            {L'\b', Key::Code::backspace},
                                                            {L'\x7f', Key::Code::backspace},
                                                            {L'\f', Key::Code::redraw}});

std::optional<Key> find_key(std::span<const KeyCode> keys, wint_t key) {
  const auto found = std::ranges::find(keys, key, &KeyCode::first);
  return found == keys.end() ? std::nullopt : std::optional(Key{found->second});
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
  if (kind == KEY_CODE_YES) return find_key(special_keys, key);
  if (key == L'\f') ::wclear(stdscr);  // Ctrl-L
  if (const auto known = find_key(control_characters, key)) return known;
  return Key{Key::Code::character, static_cast<char32_t>(key)};
}

}  // namespace sonda::top
