// The terminal, full-screen, by ncurses.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "cli/top/key.h"
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
  /// Waits for a key, at most so long. Nothing also when a signal came.
  std::optional<Key> wait_for_key(std::chrono::nanoseconds most);
  /// Whether the terminal has gone.
  bool lost() const noexcept { return lost_; }

 private:
  std::optional<Key> read_key();
  struct Curses;
  std::unique_ptr<Curses> curses_;
  bool utf8_ = false, colours_ = false, lost_ = false;
};

}  // namespace sonda::top
