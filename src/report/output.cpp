#include "report/output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/escape.h"
#include "report/lines.h"
#include "sonda/error.h"

namespace sonda::report {
namespace {

constexpr std::string_view erase_line = "\r\x1b[K";

// A progress line that cannot be written is no loss.
void try_write(int fd, std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

}  // namespace

bool can_style(bool is_terminal, const char* term) noexcept {
  return is_terminal && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool can_colour(bool is_terminal, const char* term, const char* no_color) noexcept {
  return can_style(is_terminal, term) && (no_color == nullptr || *no_color == '\0');
}

TerminalSize terminal_size(int fd) noexcept {
  winsize size{};
  TerminalSize result;
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return result;
  if (size.ws_col > 0) result.columns = size.ws_col;
  if (size.ws_row > 0) result.rows = size.ws_row;
  return result;
}

Output::Output(int fd, Progress* progress)
    : fd_(fd),
      progress_(progress),
      terminal_(::isatty(fd) == 1),
      colours_(can_colour(terminal_, std::getenv("TERM"), std::getenv("NO_COLOR"))) {}

void Output::write(std::string_view text) {
  if (batches_ == 0) return put(text);
  constexpr std::size_t piece = 1U << 16;
  held_ += text;
  if (held_.size() >= piece) flush();
}

void Output::object(std::string_view line) {
  if (std::exchange(told_version_, true)) return write(line);
  write(std::string(R"({"version":1,)").append(line.substr(1)));
}

std::string Output::styled(std::string line, Emphasis emphasis) const {
  if (!colours_ || emphasis == Emphasis::none) return line;
  line.insert(line.size() - 1, "\x1b[0m");
  return (emphasis == Emphasis::heading ? "\x1b[1m" : "\x1b[33m") + line;
}

void Output::flush() {
  if (held_.empty()) return;
  // Both keep their room for the next batch.
  spare_.swap(held_);
  held_.clear();
  put(spare_);
}

void Output::Batch::end() {
  if (std::exchange(ended_, true)) return;
  if (--output_.batches_ == 0) output_.flush();
}

Output::Batch::~Batch() {
  try {
    end();
  } catch (const std::exception&) {  // something else is on its way, or the next write says it again
    ended_ = true;
  }
}

void Output::put(std::string_view text) {
  if (progress_ != nullptr) progress_->erase();
  while (!text.empty()) {
    const auto written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // somebody else made it non-blocking
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno == EPIPE) {
      throw BrokenPipe();
    } else if (errno != EINTR) {
      throw system_error(Stage::report, "standard output", "cannot write", errno);
    }
  }
}

bool Output::reader_gone() const noexcept {
  pollfd state{.fd = fd_, .events = 0, .revents = 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & POLLERR) != 0;
}

Progress::Progress(int fd) : fd_(fd), active_(can_style(::isatty(fd) == 1, std::getenv("TERM"))) {}

void Progress::show(std::string_view text) {
  if (!active_) return;
  const auto safe = escape_for_terminal(text);
  // One column stays free: a character in the last one makes some terminals wrap.
  try_write(fd_, std::string(erase_line).append(beginning(safe, terminal_size(fd_).columns - 1)));
  shown_ = true;
}

void Progress::erase() noexcept {
  if (!shown_) return;
  try_write(fd_, erase_line);
  shown_ = false;
}

}  // namespace sonda::report
