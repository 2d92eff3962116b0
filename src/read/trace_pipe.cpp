// trace_pipe as a stream of lines.
#include "sonda/trace_pipe.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "kernel/tracefs.h"
#include "sonda/error.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t longest_line = 64UL << 10;

UniqueFd open_trace_pipe() {
  try {
    return Tracefs().open("trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  } catch (const Error& error) {
    throw Error(Stage::read, error.subject(), error.cause(), error.hint()).with_exit(error.exit());
  }
}

/// Milliseconds until `deadline` for poll(2).
int until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1 << 30));
}

/// Takes a whole line off the front; a line that is too long comes in pieces.
std::optional<std::string> take_line(std::string& buffer) {
  const auto end = buffer.find('\n');
  if (end == std::string::npos && buffer.size() < longest_line) return std::nullopt;
  const auto size = std::min(end, longest_line);
  auto line = buffer.substr(0, size);
  buffer.erase(0, size == end ? size + 1 : size);
  return line;
}

}  // namespace

TracePipe::TracePipe() : fd_(open_trace_pipe()) {}

std::optional<std::string> TracePipe::line(int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0));
  while (true) {
    if (auto whole = take_line(buffer_)) return whole;
    if (ended_) return buffer_.empty() ? std::nullopt : std::optional(std::exchange(buffer_, {}));
    pollfd ready{fd_.get(), POLLIN, 0};
    const int status = ::poll(&ready, 1, timeout_ms < 0 ? -1 : until(deadline));
    if (status == 0 || (status < 0 && errno == EINTR)) return std::nullopt;
    if (status < 0) throw system_error(Stage::read, "trace_pipe", "waiting for it", errno);
    std::array<char, 16384> bytes{};
    const auto got = ::read(fd_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) return std::nullopt;
    if (got < 0 && errno != EAGAIN) throw system_error(Stage::read, "trace_pipe", "reading it", errno);
    if (got == 0) ended_ = true;
    if (got > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

std::optional<TraceFields> TracePipe::fields(int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0));
  while (auto next = line(timeout_ms < 0 ? -1 : until(deadline))) {
    if (auto event = parse_trace_line(*next)) return event;
    lost_ += lost_events(*next);
  }
  return std::nullopt;
}

}  // namespace sonda
