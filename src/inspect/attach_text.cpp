// Where programs are attached, in words.
#include "inspect/links.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <net/if.h>

#include <array>
#include <span>

#include "inspect/links.h"
#include "read/show.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

std::string attach_type_text(std::uint32_t type) {
  const char* name = ::libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(type));
  return name != nullptr ? name : fmt::to_string(type);
}

/// The word that `words` have for the type, or libbpf's.
std::string word_for(std::span<const std::pair<std::uint32_t, const char*>> words, std::uint32_t attach_type) {
  for (const auto& [type, word] : words)
    if (type == attach_type) return word;
  return attach_type_text(attach_type);
}

std::string cgroup_hook_text(std::uint32_t attach_type) {
  for (const auto& hook : cgroup_hooks)
    if (hook.attach == attach_type) return std::string(hook.name);
  return attach_type_text(attach_type);
}

/// Newer attach types than Debian 12's headers have.
std::string direction_text(std::uint32_t attach_type) {
  constexpr std::pair<std::uint32_t, const char*> directions[] = {
      {46, "ingress"}, {47, "egress"}, {54, "primary"}, {55, "peer"}};  // of tcx, of netkit
  return word_for(directions, attach_type);
}

std::string netfilter_text(std::uint32_t family, std::uint32_t hook, std::int32_t priority) {
  constexpr std::array<std::string_view, 5> hooks{"prerouting", "input", "forward", "output", "postrouting"};
  const auto where = hook < hooks.size() ? std::string(hooks[hook]) : fmt::to_string(hook);
  const auto protocol = family == 2 ? std::string("ip") : family == 10 ? std::string("ip6") : fmt::to_string(family);
  return fmt::format("netfilter:{}:{}:{}", protocol, where, priority);
}

std::string perf_link_text(const LinkInfo& info, const std::string& text) {
  const auto& name = info.perf_event.name;
  const auto type = static_cast<PerfLinkType>(info.perf_event.type);
  switch (type) {
    case PerfLinkType::uprobe:
    case PerfLinkType::uretprobe:
      return uprobe_text(type == PerfLinkType::uretprobe, text, name.offset);
    case PerfLinkType::kprobe:
    case PerfLinkType::kretprobe:
      return kprobe_text(type == PerfLinkType::kretprobe, text, name.offset, name.address);
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

std::string tracing_word(std::uint32_t attach_type) {
  constexpr std::pair<std::uint32_t, const char*> words[] = {
      {BPF_TRACE_FENTRY, "fentry"},        {BPF_TRACE_FEXIT, "fexit"}, {BPF_MODIFY_RETURN, "fmod_ret"},
      {BPF_TRACE_RAW_TP, "btftracepoint"}, {BPF_LSM_MAC, "lsm"},       {BPF_LSM_CGROUP, "lsm"}};
  return word_for(words, attach_type);
}

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
  auto path = cgroup_path(id);
  return path.empty() ? fmt::format("id {}", id) : path;
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
