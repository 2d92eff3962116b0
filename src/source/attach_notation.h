// The notation of attach points: its names, and reading it where an error can be put at the wrong word.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/error.h"

namespace sonda {

/// Makes the error for what is wrong `offset` bytes into the text that is being read.
using Complain = std::function<Error(std::size_t offset, std::string cause, std::string hint)>;

/// Throws what `complain` makes.
AttachPoint read_attach_point(std::string_view text, const Complain& complain);

/// A kind of attach point: the word that the notation begins with.
struct PointKind {
  std::string_view name;     ///< "tracepoint"
  std::string_view form;     ///< "tracepoint:CATEGORY:NAME"
  std::string_view when;     ///< a program there runs: a clause
  std::string_view example;  ///< a point that many machines have
};

/// All of them, those of user space first.
std::span<const PointKind> point_kinds();
/// Null if there is none of that name.
const PointKind* find_point_kind(std::string_view name);
std::vector<std::string> point_kind_names();

/// What perf's tools call an event that every kernel knows.
struct NamedEvent {
  std::string_view name;
  PerfEventId id;
};

/// Where one event has several names, the first is the one that is written.
std::span<const NamedEvent> software_events();
std::span<const NamedEvent> hardware_events();

/// A hook of a cgroup: what notation calls it, and what the kernel does.
struct CgroupHook {
  std::string_view name;
  bpf_prog_type program;
  bpf_attach_type attach;
};

inline constexpr auto cgroup_hooks = std::to_array<CgroupHook>({
    {"ingress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS},
    {"egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS},
    {"sock_create", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
    {"sock_release", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE},
    {"post_bind4", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND},
    {"post_bind6", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND},
    {"bind4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND},
    {"bind6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND},
    {"connect4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT},
    {"connect6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT},
    {"getpeername4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME},
    {"getpeername6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME},
    {"getsockname4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME},
    {"getsockname6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME},
    {"sendmsg4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG},
    {"sendmsg6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG},
    {"recvmsg4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG},
    {"recvmsg6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG},
    {"device", BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE},
    {"sysctl", BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL},
    {"getsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT},
    {"setsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT},
    {"sock_ops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS},
});

}  // namespace sonda
