// Every BPF link on the machine, what the kernel tells of it, and where its program is attached.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

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

/// Names are raw bytes: escape before printing.
struct LinkFacts {
  std::uint32_t id = 0, program = 0;
  LinkType type{};
  /// In the notation of `@attach` as far as the kernel tells: "xdp:eth0", "kprobe:vfs_read"; at least the link's
  /// type. Of a tracing link the word alone ("fentry"): what is traced is among the facts of its program.
  std::string point;
};

/// "perf_event", "tcx"; the number if it is newer than we are.
std::string link_type_name(LinkType type);

/// What stands before the name of the traced function: "fentry", "fexit", "lsm".
std::string tracing_word(std::uint32_t attach_type);

class LinkList {
 public:
  /// All links now, by number, as ProgramList::read() does. A link can be given another program: that is noticed with
  /// `refresh`.
  std::vector<const LinkFacts*> read(bool refresh);

 private:
  std::unordered_map<std::uint32_t, LinkFacts> known_;
};

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
