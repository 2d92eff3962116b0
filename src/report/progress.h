// A line on the terminal that says a program is at work, and goes before anything else is printed.
#pragma once

#include <string_view>

namespace sonda::report {

class Progress {
 public:
  /// `fd` is borrowed. Does nothing at all unless it is a terminal that can erase a line.
  explicit Progress(int fd = 2);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { erase(); }

  /// Shows `text` in place of what was shown before, cut to the terminal's width.
  void show(std::string_view text);
  void erase() noexcept;
  bool active() const noexcept { return active_; }

 private:
  int fd_;
  bool active_, shown_ = false;
};

}  // namespace sonda::report
