// The terminal, full-screen, by ncurses.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/top/screen_text.h"

namespace sonda::top {

/// The terminal is in full-screen mode while this lives, and as it was before when it goes, also when the process is
/// stopped by Ctrl-Z or ended by SIGHUP, SIGINT or SIGTERM.
class TerminalScreen {
 public:
  /// Whether standard input and output are a terminal that can be drawn on.
  static bool possible();

  /// Throws Error(Stage::report) if TERM names a terminal that nobody knows.
  TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;
  ~TerminalScreen();

  Surface surface() const;
  void draw(const std::vector<Line>& lines);
  /// The next key, or a new size of the terminal, if it is there already.
  std::optional<Key> read_key();

 private:
  struct Curses;
  std::unique_ptr<Curses> curses_;
  bool utf8_ = false, colours_ = false;
};

}  // namespace sonda::top
