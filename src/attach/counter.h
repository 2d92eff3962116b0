// Counting perf events: what the kernel itself counted, to check what a program counted.
#pragma once

#include <cstdint>
#include <vector>

#include "attach/perf_event.h"
#include "sonda/program.h"

namespace sonda {

/// Counts an event, on every CPU that is online or in one process, without sampling and without a program.
class PerfCounter {
 public:
  /// Counts from now on. Throws Error(Stage::attach) as attach() does for this event.
  explicit PerfCounter(PerfEventId event, pid_t pid = all_pids);

  /// Events so far. Throws Error(Stage::read) if the counter had to share the PMU, so that it missed some.
  std::uint64_t read() const;
  /// Stops counting; read() stays possible. Idempotent.
  void disable() noexcept;

 private:
  PerfEvent point_;
  std::vector<UniqueFd> events_;
};

/// A program on a perf event, and the kernel's own count of that event over exactly the same time. A sampling event
/// counts too, in the same few instructions that then run the program; an event beside it, even in one group, would be
/// stopped an instant earlier or later than the sampling one.
///
/// With period 1 the program has run kernel_count() times, less the runs that the kernel left out. Nothing but the
/// difference tells of those: faults of processes that it hides from BPF, as the kernels of some sandboxes do.
/// Detaches when destroyed. Move-only.
class CountedPerfEvent {
 public:
  /// Puts `program` on the event everywhere, not yet enabled. Throws Error(Stage::attach) as attach() does.
  CountedPerfEvent(const Program& program, const PerfEvent& point);

  /// Starts, on one CPU after the other.
  void enable();
  /// Stops. When it returns no run of the program is under way, so that maps and kernel_count() are final. The calling
  /// thread visits each CPU for that. Idempotent.
  void disable() noexcept;

  /// Events that the kernel counted while enabled; of one process, in threads that have ended as well. Throws
  /// Error(Stage::read) if the event shared the PMU with others, so that both counts missed some.
  std::uint64_t kernel_count() const;

  const PerfEvent& point() const noexcept { return point_; }

 private:
  PerfEvent point_;
  std::vector<Sampler> samplers_;
};

}  // namespace sonda
