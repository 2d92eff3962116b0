// Opening a perf event everywhere it is wanted: on every CPU, or in every thread of a process.
#pragma once

#include <linux/perf_event.h>

#include <optional>
#include <type_traits>
#include <vector>

#include "attach/perf_open.h"

namespace sonda {

/// The pid and cpu arguments of one perf_event_open(2).
struct Scope {
  pid_t pid = -1;
  int cpu = -1;
  bool operator==(const Scope&) const = default;
};

/// All CPUs that are online, or all threads of the process, as they are now.
/// Throws Error(Stage::attach): the CPU is not online, there is no such process.
std::vector<Scope> scopes_of(const PerfEvent& point);

/// For counting the event; disabled. In a process, threads that start later inherit it.
perf_event_attr counting_attributes(const PerfEvent& point);
/// For sampling it; disabled. Throws Error(Stage::attach) for a period or frequency that the kernel would refuse.
perf_event_attr sampling_attributes(const PerfEvent& point);

/// A perf event and the link that holds a program on it; the link goes first.
struct Sampler {
  int cpu = -1;  // -1: wherever its task runs
  UniqueFd event, link;
};

/// Sampling events with `program` on them everywhere, none of them enabled yet: so the first run is not before the last
/// one is in place. Throws Error(Stage::attach).
std::vector<Sampler> open_samplers(const Program& program, const PerfEvent& point);

/// A program that those hold.
Attached held_by(std::vector<Sampler> samplers);

/// Opens one event. Nothing if the CPU went offline or the thread ended meanwhile; otherwise throws
/// Error(Stage::attach), which says so if this machine or this kernel lacks the event (Exit::cannot_run).
std::optional<UniqueFd> open_in_scope(perf_event_attr& attributes, const PerfEvent& point, const Scope& scope);

void enable_event(int event, const PerfEvent& point);
/// Idempotent.
void disable_event(int event) noexcept;
/// What the event, opened with either of the attributes above, has counted. Throws Error(Stage::read) if it shared the
/// PMU.
std::uint64_t read_count(int event, const PerfEvent& point);

[[noreturn]] void refuse_unsteady(const PerfEvent& point);

/// What open(scope) gives for each scope; it gives nothing for one that is gone. Tries again if a CPU or thread came or
/// went while it was at work, so that none is left out.
template <class Open>
auto open_everywhere(const PerfEvent& point, Open open) {
  using Opened = typename std::invoke_result_t<Open, const Scope&>::value_type;
  constexpr int most_tries = 20;
  for (int i = 0; i < most_tries; ++i) {
    const auto scopes = scopes_of(point);
    std::vector<Opened> all;
    for (const auto& scope : scopes)
      if (auto one = open(scope)) all.push_back(std::move(*one));
    if (all.size() == scopes.size() && scopes == scopes_of(point)) return all;
  }
  refuse_unsteady(point);
}

}  // namespace sonda
