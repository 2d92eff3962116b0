#include "inspect/attach_text.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>

#include "inspect/links.h"
#include "sonda/fd.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

std::string attach_type_text(std::uint32_t type) {
  const char* name = ::libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(type));
  return name != nullptr ? name : fmt::to_string(type);
}

std::string cgroup_hook_text(std::uint32_t attach_type) {
  for (const auto& hook : cgroup_hooks)
    if (hook.attach == attach_type) return std::string(hook.name);
  return attach_type_text(attach_type);
}

/// Newer attach types than Debian 12's headers have.
std::string direction_text(std::uint32_t attach_type) {
  constexpr std::uint32_t tcx_ingress = 46, tcx_egress = 47, netkit_primary = 54, netkit_peer = 55;
  switch (attach_type) {
    case tcx_ingress:
      return "ingress";
    case tcx_egress:
      return "egress";
    case netkit_primary:
      return "primary";
    case netkit_peer:
      return "peer";
    default:
      return attach_type_text(attach_type);
  }
}

std::string netfilter_text(std::uint32_t family, std::uint32_t hook, std::int32_t priority) {
  constexpr std::array<std::string_view, 5> hooks{"prerouting", "input", "forward", "output", "postrouting"};
  const auto where = hook < hooks.size() ? std::string(hooks[hook]) : fmt::to_string(hook);
  const auto protocol = family == 2 ? std::string("ip") : family == 10 ? std::string("ip6") : fmt::to_string(family);
  return fmt::format("netfilter:{}:{}:{}", protocol, where, priority);
}

std::string perf_link_text(const LinkInfo& info, const std::string& text) {
  const auto& name = info.perf_event.name;
  switch (static_cast<PerfLinkType>(info.perf_event.type)) {
    case PerfLinkType::uprobe:
    case PerfLinkType::uretprobe:
      return uprobe_text(static_cast<PerfLinkType>(info.perf_event.type) == PerfLinkType::uretprobe, text, name.offset);
    case PerfLinkType::kprobe:
    case PerfLinkType::kretprobe:
      return kprobe_text(static_cast<PerfLinkType>(info.perf_event.type) == PerfLinkType::kretprobe, text, name.offset,
                         name.address);
    case PerfLinkType::tracepoint:
      return "tracepoint:" + text;
    case PerfLinkType::event:
      return perf_event_text(info.perf_event.event.type, info.perf_event.event.config);
    default:
      return {};
  }
}

constexpr std::uint32_t multi_on_return = 1;  // BPF_F_KPROBE_MULTI_RETURN, BPF_F_UPROBE_MULTI_RETURN

}  // namespace

std::string uprobe_text(bool on_return, const std::string& path, std::uint64_t offset) {
  return fmt::format("{}:{}+{:#x}", on_return ? "uretprobe" : "uprobe", path, offset);
}

std::string kprobe_text(bool on_return, const std::string& function, std::uint64_t offset, std::uint64_t address) {
  const auto* word = on_return ? "kretprobe" : "kprobe";
  if (function.empty()) return fmt::format("{}:{:#x}", word, address);
  return offset == 0 ? fmt::format("{}:{}", word, function) : fmt::format("{}:{}+{:#x}", word, function, offset);
}

std::string perf_event_text(std::uint32_t type, std::uint64_t config) {
  const PerfEventId id{type, config};
  for (const auto& event : software_events())
    if (event.id == id) return fmt::format("software:{}", event.name);
  for (const auto& event : hardware_events())
    if (event.id == id) return fmt::format("hardware:{}", event.name);
  return fmt::format("perf:{}:{:#x}", type, config);
}

std::string interface_text(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(index, name.data()) != nullptr ? name.data() : fmt::to_string(index);
}

std::string cgroup_text(std::uint64_t id) {
  // A cgroup's number is its file handle.
  constexpr int kernfs = 0xfe;
  alignas(file_handle) std::array<std::byte, sizeof(file_handle) + sizeof id> bytes{};
  auto* handle = reinterpret_cast<file_handle*>(bytes.data());
  handle->handle_bytes = sizeof id;
  handle->handle_type = kernfs;
  std::memcpy(bytes.data() + sizeof(file_handle), &id, sizeof id);
  for (const auto* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const UniqueFd root(::open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) continue;
    const UniqueFd folder(::open_by_handle_at(root.get(), handle, O_RDONLY | O_PATH | O_CLOEXEC));
    if (!folder) continue;
    std::array<char, PATH_MAX> path{};
    const auto length = ::readlink(fmt::format("/proc/self/fd/{}", folder.get()).c_str(), path.data(), path.size());
    if (length <= 0) continue;
    const std::string_view found(path.data(), static_cast<std::size_t>(length));
    return std::string(found == mount ? "/" : found.starts_with(mount) ? found.substr(std::strlen(mount)) : found);
  }
  return fmt::format("id {}", id);
}

std::string attach_text(const LinkInfo& info, const std::string& text) {
  switch (static_cast<LinkType>(info.type)) {
    case LinkType::raw_tracepoint:
      return "rawtracepoint:" + text;
    case LinkType::iterator:
      return "iter:" + text;
    case LinkType::tracing:
      return tracing_word(info.tracing.attach_type);
    case LinkType::cgroup:
      return fmt::format("cgroup:{}:{}", cgroup_text(info.cgroup.id), cgroup_hook_text(info.cgroup.attach_type));
    case LinkType::netns:
      return fmt::format("netns:{}:{}", info.netns.inode, attach_type_text(info.netns.attach_type));
    case LinkType::xdp:
      return "xdp:" + interface_text(info.network.interface);
    case LinkType::tcx:
      return fmt::format("tc:{}:{}", interface_text(info.network.interface), direction_text(info.network.attach_type));
    case LinkType::netkit:
      return fmt::format("netkit:{}:{}", interface_text(info.network.interface),
                         direction_text(info.network.attach_type));
    case LinkType::struct_ops:
      return fmt::format("struct_ops:map {}", info.struct_ops.map);
    case LinkType::sockmap:
      return fmt::format("sockmap:map {}", info.sockmap.map);
    case LinkType::netfilter:
      return netfilter_text(info.netfilter.family, info.netfilter.hook, info.netfilter.priority);
    case LinkType::kprobe_multi:  // before 6.6 the kernel tells nothing
      return info.kprobe_multi.count == 0
                 ? std::string()
                 : fmt::format("{}:{} functions",
                               (info.kprobe_multi.flags & multi_on_return) != 0 ? "kretprobe" : "kprobe",
                               info.kprobe_multi.count);
    case LinkType::uprobe_multi:
      return info.uprobe_multi.count == 0
                 ? std::string()
                 : fmt::format("{}:{}:{} places",
                               (info.uprobe_multi.flags & multi_on_return) != 0 ? "uretprobe" : "uprobe", text,
                               info.uprobe_multi.count);
    case LinkType::perf_event:
      return perf_link_text(info, text);
  }
  return {};
}

}  // namespace sonda
