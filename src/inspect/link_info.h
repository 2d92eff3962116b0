// What the kernel tells of a link. Debian 12's headers know the first half of it.
#pragma once

#include <cstdint>

namespace sonda {

/// The kernel's enum bpf_link_type.
enum class LinkType : std::uint32_t {
  raw_tracepoint = 1,
  tracing,
  cgroup,
  iterator,
  netns,
  xdp,
  perf_event,
  kprobe_multi,
  struct_ops,
  netfilter,
  tcx,
  uprobe_multi,
  netkit,
  sockmap
};

/// The kernel's enum bpf_perf_event_type, since 6.6.
enum class PerfLinkType : std::uint32_t { unknown, uprobe, uretprobe, kprobe, kretprobe, tracepoint, event };

/// The kernel's struct bpf_link_info. What a `text` points to, of `size` bytes, the kernel fills in.
struct LinkInfo {
  std::uint32_t type, id, program;
  union {
    struct {
      std::uint64_t text;
      std::uint32_t size;
    } raw_tracepoint, iterator;
    struct {
      std::uint32_t attach_type, target_object, target_type;
    } tracing;
    struct {
      std::uint64_t id;
      std::uint32_t attach_type;
    } cgroup;
    struct {
      std::uint32_t inode, attach_type;
    } netns;
    struct {
      std::uint32_t interface, attach_type;
    } network;  ///< xdp (without attach_type), tcx, netkit
    struct {
      std::uint32_t map;
    } struct_ops, sockmap;
    struct {
      std::uint32_t family, hook;
      std::int32_t priority;
    } netfilter;
    struct {
      std::uint64_t addresses;
      std::uint32_t count, flags;
    } kprobe_multi;
    struct {
      std::uint64_t text, offsets, reference_counts, cookies;
      std::uint32_t size, count, flags, pid;
    } uprobe_multi;
    struct {
      std::uint32_t type, padding;
      union {
        struct {
          std::uint64_t text;
          std::uint32_t size, offset;
          std::uint64_t address;  ///< of a kernel function
        } name;                   ///< all but event
        struct {
          std::uint64_t config;
          std::uint32_t type;
        } event;
      };
    } perf_event;
    std::uint64_t room[12];  ///< for what newer kernels tell
  };
};

}  // namespace sonda
