#include "report/progress.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/escape.h"
#include "report/output.h"

namespace sonda::report {
namespace {

constexpr std::string_view erase_line = "\r\x1b[K";

// A progress line that cannot be written is no loss.
void try_write(int fd, std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

}  // namespace

Progress::Progress(int fd) : fd_(fd), active_(can_style(::isatty(fd) == 1, std::getenv("TERM"))) {}

void Progress::show(std::string_view text) {
  if (!active_) return;
  auto safe = escape_for_terminal(text);
  // One column stays free: a character in the last one makes some terminals wrap.
  while (!safe.empty() && display_width(safe) >= terminal_size(fd_).columns) {
    while (!safe.empty() && (static_cast<unsigned char>(safe.back()) & 0xc0) == 0x80) safe.pop_back();
    if (!safe.empty()) safe.pop_back();
  }
  try_write(fd_, std::string(erase_line) + safe);
  shown_ = true;
}

void Progress::erase() noexcept {
  if (!shown_) return;
  try_write(fd_, erase_line);
  shown_ = false;
}

}  // namespace sonda::report
