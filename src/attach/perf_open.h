// Opening perf events and putting programs on them.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attach/points.h"
#include "sonda/attach_point.h"
#include "sonda/error.h"
#include "sonda/link.h"

namespace sonda {

/// perf_event_open(2), close-on-exec. Empty, with errno set, if it fails. Where the soft limit of open files is
/// reached, it is raised to the hard one: a large machine has hundreds of CPUs.
UniqueFd open_perf_event(perf_event_attr& attributes, pid_t pid, int cpu);

/// Has the event counted in threads that its process starts later, too. Before Linux 5.13 also in its child processes:
/// the kernel did not tell the two apart.
void inherit_in_threads(perf_event_attr& attributes);

/// Lets this process open as many files as it may ever; false if it may not open more. For EMFILE.
bool raise_open_files_limit();

/// Puts `program` on `event`. The link that holds it there, or none where the kernel (before 5.15) has no such links
/// and the event itself holds the program. Throws Error(Stage::attach).
UniqueFd put_on_event(const Program& program, int event, const std::string& subject);

/// The same for an attach point that is one event.
Attached put_on_new_event(const Program& program, UniqueFd event, const std::string& subject);

/// A kind of event that the kernel lists below /sys/bus/event_source/devices.
struct DynamicPmu {
  std::uint32_t type = 0;       ///< for perf_event_attr::type
  std::uint64_t on_return = 0;  ///< for perf_event_attr::config: probe the return instead of the entry
};

/// The "uprobe" or "kprobe" one; nothing where the kernel has none.
std::optional<DynamicPmu> dynamic_pmu(std::string_view name);

/// The error for `error_number` from perf_event_open: a missing privilege is named, with Exit::cannot_run; anything
/// else gets the system's words after `doing`.
Error perf_error(std::string subject, std::string_view doing, int error_number);

}  // namespace sonda
