// Programs that run every so often, on one CPU.
#include "attach/points.h"
#include "kernel/kernel.h"
#include "sonda/error.h"

namespace sonda {

Attached attach_interval(const Program& program, const Interval& point) {
  constexpr std::uint64_t finest = 10'000;  // the kernel would take this for anything less
  if (point.nanoseconds < finest)
    throw Error(Stage::attach, to_string(point), "the kernel's clock for this is no finer than 10 us");
  return attach_perf_event(program, {.event = software::cpu_clock,
                                     .sampling = every(point.nanoseconds),
                                     .pid = all_pids,
                                     .cpu = online_cpus().front()});
}

}  // namespace sonda
