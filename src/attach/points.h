// One function for each kind of attach point. They throw as attach() in sonda/link.h does.
#pragma once

#include <string>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/link.h"

namespace sonda {

Attached attach_uprobe(const Program& program, const Uprobe& point);
Attached attach_kprobe(const Program& program, const Kprobe& point);
Attached attach_fentry(const Program& program, const Fentry& point);
Attached attach_lsm(const Program& program, const Lsm& point);
Attached attach_iterator(const Program& program, const Iterator& point);
Attached attach_usdt(const Program& program, const Usdt& point);
Attached attach_tracepoint(const Program& program, const Tracepoint& point);
Attached attach_raw_tracepoint(const Program& program, const RawTracepoint& point);
Attached attach_btf_tracepoint(const Program& program, const BtfTracepoint& point);
Attached attach_perf_event(const Program& program, const PerfEvent& point);
Attached attach_interval(const Program& program, const Interval& point);
Attached attach_watchpoint(const Program& program, const Watchpoint& point);
Attached attach_xdp(const Program& program, const Xdp& point);
Attached attach_tc(const Program& program, const Tc& point);
Attached attach_socket_filter(const Program& program, const SocketFilter& point);
Attached attach_cgroup(const Program& program, const Cgroup& point);

// What a program must be loaded as, where that is more than a type.
ProgramKind kind_of_uprobe(const Uprobe& point);
ProgramKind kind_of_kprobe(const Kprobe& point);
ProgramKind kind_of_usdt(const Usdt& point);
ProgramKind kind_of_tc(const Tc& point);
ProgramKind kind_of_cgroup(const Cgroup& point);

}  // namespace sonda
