// The kinds of attach points: the words that the notation begins with.
#include "source/attach_notation.h"

#include <algorithm>

namespace sonda {
namespace {

constexpr auto known_point_kinds = std::to_array<PointKind>({
    {"uprobe", "uprobe:PATH:FUNCTION", "a function of a program or library is called", "uprobe:/bin/bash:readline"},
    {"uretprobe", "uretprobe:PATH:FUNCTION", "a function of a program or library returns",
     "uretprobe:/bin/bash:readline"},
    {"usdt", "usdt:PATH:PROVIDER:NAME", "a place that a binary marks is passed", "usdt:libstdc++.so.6:libstdcxx:throw"},
    {"kprobe", "kprobe:FUNCTION", "a function of the kernel is called", "kprobe:vfs_read"},
    {"kretprobe", "kretprobe:FUNCTION", "a function of the kernel returns", "kretprobe:vfs_read"},
    {"fentry", "fentry:FUNCTION", "a function of the kernel is called, its parameters by type", "fentry:vfs_read"},
    {"fexit", "fexit:FUNCTION", "a function of the kernel returns, its result by type", "fexit:vfs_read"},
    {"fmod_ret", "fmod_ret:FUNCTION", "a function is called whose result can be replaced",
     "fmod_ret:security_file_open"},
    {"lsm", "lsm:HOOK", "the kernel asks its security modules", "lsm:file_open"},
    {"iter", "iter:TARGET", "it is read, for each object", "iter:task"},
    {"tracepoint", "tracepoint:CATEGORY:NAME", "a tracepoint is passed, its fields described",
     "tracepoint:sched:sched_switch"},
    {"rawtracepoint", "rawtracepoint:NAME", "a tracepoint is passed, its arguments as they are",
     "rawtracepoint:sched_switch"},
    {"btftracepoint", "btftracepoint:NAME", "a tracepoint is passed, its arguments by type",
     "btftracepoint:sched_switch"},
    {"software", "software:EVENT:PERIOD", "so many events of the kernel have happened", "software:page-faults:1"},
    {"hardware", "hardware:EVENT:PERIOD", "so many events of the processor have happened", "hardware:cycles:1000000"},
    {"profile", "profile:hz:N", "so much time has passed, on every CPU", "profile:hz:99"},
    {"interval", "interval:s:N", "so much time has passed, on one CPU", "interval:s:1"},
    {"watchpoint", "watchpoint:0xADDRESS:LENGTH:rwx", "memory is read or written", "watchpoint:jiffies:8:w"},
    {"xdp", "xdp:INTERFACE", "an interface receives a packet", "xdp:lo"},
    {"tc", "tc:INTERFACE:ingress|egress", "a packet passes traffic control", "tc:lo:ingress"},
    {"socket", "socket:INTERFACE", "a packet passes an interface", "socket:lo"},
    {"cgroup", "cgroup:PATH:HOOK", "processes of a cgroup do something", "cgroup:/sys/fs/cgroup:connect4"},
});

}  // namespace

std::span<const PointKind> point_kinds() { return known_point_kinds; }

const PointKind* find_point_kind(std::string_view name) {
  const auto* const found = std::ranges::find(known_point_kinds, name, &PointKind::name);
  return found == known_point_kinds.end() ? nullptr : found;
}

std::vector<std::string> point_kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : known_point_kinds) names.emplace_back(kind.name);
  return names;
}

}  // namespace sonda
