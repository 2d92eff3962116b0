// Where programs are attached, in the notation of `@attach`.
#pragma once

#include <cstdint>
#include <string>

#include "inspect/link_info.h"

namespace sonda {

/// "xdp:eth0", "kprobe:vfs_read", "tracepoint:syscalls:sys_enter_openat"; "" if the kernel tells nothing beyond the
/// link's type. `text` is what it wrote where LinkInfo has a pointer.
std::string attach_text(const LinkInfo& info, const std::string& text);

/// A place in a binary: "uprobe:/bin/bash+0x1f20".
std::string uprobe_text(bool on_return, const std::string& path, std::uint64_t offset);
/// A place in the kernel; where it has no name, by address.
std::string kprobe_text(bool on_return, const std::string& function, std::uint64_t offset, std::uint64_t address);
/// A perf event by its type and config: "software:page-faults".
std::string perf_event_text(std::uint32_t type, std::uint64_t config);
/// "eth0"; the number if there is no such interface here.
std::string interface_text(std::uint32_t index);
/// A cgroup's folder below the mount of cgroup2; "id NUMBER" where that cannot be found out.
std::string cgroup_text(std::uint64_t id);

}  // namespace sonda
