// One function for each kind of attach point, and what they share. They throw as attach() in sonda/link.h does.
#pragma once

#include <string>

#include "sonda/attach_point.h"
#include "sonda/error.h"
#include "sonda/link.h"

namespace sonda {

Attached attach_at(const Program& program, const Uprobe& point);
Attached attach_at(const Program& program, const Kprobe& point);
Attached attach_at(const Program& program, const Fentry& point);
Attached attach_at(const Program& program, const ModifyReturn& point);
Attached attach_at(const Program& program, const Lsm& point);
Attached attach_at(const Program& program, const Iterator& point);
Attached attach_at(const Program& program, const Usdt& point);
Attached attach_at(const Program& program, const Tracepoint& point);
Attached attach_at(const Program& program, const RawTracepoint& point);
Attached attach_at(const Program& program, const BtfTracepoint& point);
Attached attach_at(const Program& program, const PerfEvent& point);
Attached attach_at(const Program& program, const Interval& point);
Attached attach_at(const Program& program, const Watchpoint& point);
Attached attach_at(const Program& program, const Xdp& point);
Attached attach_at(const Program& program, const Tc& point);
Attached attach_at(const Program& program, const SocketFilter& point);
Attached attach_at(const Program& program, const Cgroup& point);

// What a program must be loaded as, where that is more than a type.
ProgramKind kind_of_kprobe(const Kprobe& point);
ProgramKind kind_of_cgroup(const Cgroup& point);

/// Whether the place is a pattern, and so may be many functions.
bool is_for_many(const Place& place);

/// A program that one link holds.
Attached held_by(UniqueFd link);

/// The error for what this kernel does not have, or this process may not: Exit::cannot_run.
Error cannot_attach(std::string subject, std::string cause, std::string hint = {});

/// When it returns, every run of a program that was under way before the call has ended: each is inside an RCU section,
/// and this waits for all of those.
void wait_for_running_programs() noexcept;

}  // namespace sonda
