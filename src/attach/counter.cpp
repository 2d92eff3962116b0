#include "attach/counter.h"

#include <sched.h>

#include "attach/points.h"

namespace sonda {
namespace {

// Stopping an event from another CPU interrupts the event's own CPU, perhaps between counting a fault and running the
// program for it; kernels of late then skip the run. On its own CPU nothing can be there: those few instructions are
// not preempted, and we run instead of them.
class OnCpu {
 public:
  explicit OnCpu(int cpu) noexcept {
    cpu_set_t one;
    CPU_ZERO(&one);
    if (cpu < 0 || cpu >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    CPU_SET(cpu, &one);
    moved_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  /// Whether we are on it.
  bool arrived() const noexcept { return moved_; }
  OnCpu(const OnCpu&) = delete;
  OnCpu& operator=(const OnCpu&) = delete;
  ~OnCpu() {
    if (moved_) ::sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  cpu_set_t before_{};
  bool moved_ = false;
};

}  // namespace

PerfCounter::PerfCounter(PerfEventId event, pid_t pid) : point_{.event = event, .pid = pid} {
  auto attributes = counting_attributes(point_);
  events_ = open_everywhere(point_, [&](const Scope& scope) { return open_in_scope(attributes, point_, scope); });
  for (const auto& counter : events_) enable_event(counter.get(), point_);
}

std::uint64_t PerfCounter::read() const {
  std::uint64_t sum = 0;
  for (const auto& counter : events_) sum += read_count(counter.get(), point_);
  return sum;
}

void PerfCounter::disable() noexcept {
  for (const auto& counter : events_) disable_event(counter.get());
}

CountedPerfEvent::CountedPerfEvent(const Program& program, const PerfEvent& point)
    : point_(point), samplers_(open_samplers(program, point_)) {}

void CountedPerfEvent::enable() {
  for (const auto& sampler : samplers_) enable_event(sampler.event.get(), point_);
}

void CountedPerfEvent::disable() noexcept {
  bool all_done = true;
  for (const auto& sampler : samplers_) {
    const OnCpu there(sampler.cpu);
    disable_event(sampler.event.get());
    all_done = all_done && there.arrived();
  }
  // Where we could not get onto the CPU, or the event belongs to a task, a run may still be under way.
  if (!all_done) wait_for_running_programs();
}

std::uint64_t CountedPerfEvent::kernel_count() const {
  std::uint64_t sum = 0;
  for (const auto& sampler : samplers_) sum += read_count(sampler.event.get(), point_);
  return sum;
}

}  // namespace sonda
