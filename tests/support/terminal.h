// A program in a real terminal: keys are typed in, the screen is read. The terminal is tmux's.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/scratch.h"

namespace sonda::test {

/// Whether there is a tmux.
bool can_open_terminal();

/// A terminal with one program in it. Both end when this goes. Every failure throws std::runtime_error, which shows the
/// screen.
class Terminal {
 public:
  struct How {
    int columns = 80, rows = 24;
    std::vector<std::string> environment;  ///< NAME=VALUE, besides the test's own, e.g. "TERM=vt100"
    std::string folder = "/";              ///< in which the program starts
  };
  /// Starts `words`; the first is a path.
  explicit Terminal(const std::vector<std::string>& words) : Terminal(words, How()) {}
  Terminal(const std::vector<std::string>& words, const How& how);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// Types text as it is.
  void type(std::string_view text) const;
  /// Presses one key by tmux's name: "Enter", "Tab", "Up", "C-c", "Escape", "F1".
  void press(const std::string& key) const;
  /// Types text and presses Enter.
  void enter(std::string_view text) const;
  void resize(int columns, int rows) const;

  /// What is on the screen, a string a row, without blanks at the end.
  std::vector<std::string> rows() const;
  /// The same as one text; with the escape sequences of colours if asked for.
  std::string screen(bool with_colours = false) const;
  /// What has scrolled out at the top, and the screen.
  std::string history() const;
  /// Waits until the screen satisfies `condition`, and gives it.
  std::string wait_for(const std::function<bool(const std::string&)>& condition, std::string_view what) const;
  /// Waits until `text` is on the screen, and gives the screen.
  std::string wait_for(std::string_view text) const;

  /// The program's exit status (128 and the signal that ended it) if it has ended.
  std::optional<int> ended() const;
  /// Waits until it has ended; its exit status.
  int wait() const;

 private:
  std::string tmux(std::vector<std::string> words) const;
  std::filesystem::path status_file() const { return folder_.path() / "status"; }

  ScratchFolder folder_;  // of the server's socket
};

}  // namespace sonda::test
