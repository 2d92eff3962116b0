// trace_pipe as a stream of lines, which are taken apart.
#include "sonda/trace_pipe.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>

#include "kernel/tracefs.h"
#include "sonda/error.h"

namespace sonda {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::size_t task_columns = 16;  // right-aligned, then '-' and the thread's id

std::string_view trim_left(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

std::string_view trim_right(std::string_view text) { return text.substr(0, text.find_last_not_of(" \t\r\n\v\f") + 1); }

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  if (text.empty() || digits.find(text.front()) == std::string_view::npos) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "  1234.567890" or, with a clock that counts, "1234567".
std::optional<double> parse_time(std::string_view text) {
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return parse_whole<double>(text);
}

/// Takes the word at the front of `rest`, and the spaces before it, away.
std::string_view take_word(std::string_view& rest) {
  rest = trim_left(rest);
  const auto word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

/// What stands between the task's name and the time: "1234 (1230) [001] d..31", of which the thread group is an option
/// of the kernel's, and so are the flags.
bool parse_origin(std::string_view text, TraceFields& fields) {
  const auto pid = parse_whole<int>(take_word(text));
  text = trim_left(text);
  if (text.starts_with('(')) {
    const auto end = text.find(')');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  const auto cpu_word = take_word(text);
  if (!pid || cpu_word.size() < 3 || cpu_word.front() != '[' || cpu_word.back() != ']') return false;
  const auto cpu = parse_whole<int>(cpu_word.substr(1, cpu_word.size() - 2));
  auto last = take_word(text);
  const auto after = take_word(text);
  if (!after.empty()) fields.flags = last, last = after;
  const auto time = parse_time(last);
  if (!cpu || !time || !trim_left(text).empty()) return false;
  fields.pid = *pid;
  fields.cpu = *cpu;
  fields.timestamp = *time;
  return true;
}

/// "bpf_trace_printk: hello" without the event's name, as BCC has it.
std::string_view message_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) text.remove_prefix(colon + 1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

/// The line, if the name ends before `dash`.
std::optional<TraceFields> parse_from(std::string_view line, std::size_t dash) {
  const auto rest = line.substr(dash + 1);
  const auto colon = rest.find(':');
  TraceFields fields;
  if (colon == std::string_view::npos || !parse_origin(rest.substr(0, colon), fields)) return std::nullopt;
  fields.task = trim_left(line.substr(0, dash));
  fields.message = message_of(rest.substr(colon + 1));
  return fields;
}

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

std::optional<TraceFields> parse_trace_line(std::string_view line) {
  line = trim_right(line);
  if (line.starts_with("CPU:") || line.starts_with('#')) return std::nullopt;
  // The kernel's own lines have the dash in a fixed column; one that was trimmed, or that begins after the line feed in
  // a task's name, has it before that. The last dash is the one: what is left of it is a name, whatever it looks like.
  for (auto dash = line.rfind('-', task_columns); dash < line.size();
       dash = dash == 0 ? line.npos : line.rfind('-', dash - 1))
    if (auto fields = parse_from(line, dash)) return fields;
  return std::nullopt;
}

std::uint64_t lost_events(std::string_view line) {
  if (!line.starts_with("CPU:")) return 0;
  const auto start = line.find("[LOST "), end = line.find("EVENTS]");
  if (start == std::string_view::npos || end == std::string_view::npos || end < start) return 0;
  auto rest = line.substr(start + 6, end - start - 6);
  const auto count = take_word(rest);
  // "[LOST EVENTS]": the kernel does not know how many, but not none.
  return count.empty() ? 1 : parse_whole<std::uint64_t>(count).value_or(1);
}

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
