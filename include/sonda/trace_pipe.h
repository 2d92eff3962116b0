// What bpf_trace_printk writes. The kernel has one such pipe for everybody: for a first look, not for tools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sonda/fd.h"

namespace sonda {

/// The fields of one line, as BCC's trace_fields() gives them.
struct TraceFields {
  std::string task;
  int pid = 0;  ///< a thread's id, as everywhere in ftrace
  int cpu = 0;
  std::string flags;
  double timestamp = 0;  ///< seconds since boot
  std::string message;
  bool operator==(const TraceFields&) const = default;
};

/// Parses a line of trace_pipe; nothing for the lines that are not events ("CPU:0 [LOST 12 EVENTS]", headers).
std::optional<TraceFields> parse_trace_line(std::string_view line);

/// Events that a "LOST n EVENTS" line reports; 0 for any other line.
std::uint64_t lost_events(std::string_view line);

/// Reads trace_pipe from a tracefs that need not be mounted.
class TracePipe {
 public:
  /// Throws Error(Stage::read), with Exit::cannot_run where the kernel has no tracefs or the user may not read it.
  TracePipe();
  /// From any other stream of such lines.
  explicit TracePipe(UniqueFd stream) : fd_(std::move(stream)) {}

  /// Waits up to `timeout_ms` (-1: for ever) for a whole line; nothing on a timeout, a signal or the end of the stream.
  std::optional<std::string> line(int timeout_ms);
  /// The next event. Lines that are not events are passed over; lost ones are added up in lost().
  std::optional<TraceFields> fields(int timeout_ms);
  std::uint64_t lost() const noexcept { return lost_; }
  bool at_end() const noexcept { return ended_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::string buffer_;
  std::uint64_t lost_ = 0;
  bool ended_ = false;
};

}  // namespace sonda
