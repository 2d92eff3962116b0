#include "runtime/kinds.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "kernel/libbpf.h"
#include "runtime/tail_calls.h"

namespace sonda {
namespace {

struct ContextType {
  std::string_view name;
  bpf_prog_type type;
  std::uint32_t attach_type;
};

constexpr auto contexts = std::to_array<ContextType>({
    {"pt_regs", BPF_PROG_TYPE_KPROBE, 0},
    {"bpf_perf_event_data", BPF_PROG_TYPE_PERF_EVENT, 0},
    {"bpf_raw_tracepoint_args", BPF_PROG_TYPE_RAW_TRACEPOINT, 0},
    {"xdp_md", BPF_PROG_TYPE_XDP, 0},
    {"__sk_buff", BPF_PROG_TYPE_SCHED_CLS, 0},
    {"bpf_sock_ops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS},
    {"bpf_sock_addr", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT},
    {"bpf_sock", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
    {"bpf_cgroup_dev_ctx", BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE},
    {"bpf_sysctl", BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL},
    {"bpf_sockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT},
    {"sk_msg_md", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT},
});

/// The name of the struct that the first parameter points to; empty if it is none.
std::string_view first_parameter(const btf& types, std::uint32_t function) {
  const auto* type = btf__type_by_id(&types, function);
  if (type == nullptr || !btf_is_func(type)) return {};
  const auto* prototype = btf__type_by_id(&types, type->type);
  if (prototype == nullptr || !btf_is_func_proto(prototype) || btf_vlen(prototype) == 0) return {};
  const auto* parameter = btf__type_by_id(&types, btf_params(prototype)->type);
  if (parameter == nullptr || !btf_is_ptr(parameter)) return {};
  const auto pointee = btf__resolve_type(&types, parameter->type);
  const auto* target = pointee >= 0 ? btf__type_by_id(&types, static_cast<__u32>(pointee)) : nullptr;
  if (target == nullptr || !(btf_is_composite(target) || btf_is_fwd(target))) return {};
  return btf__name_by_offset(&types, target->name_off);
}

bool uses(const Image& image, const ProgramSpec& program, std::string_view map) {
  return std::ranges::any_of(program.maps, [&](const auto& use) { return image.maps.at(use.map).name == map; });
}

/// What a program that jumps through `map` is loaded as; nothing if none of those that do is known yet.
const ProgramKind* kind_of_callers(const Kinds& kinds, const Image& image, std::string_view map) {
  for (const auto& [function, kind] : kinds)
    if (uses(image, image.program(function), map)) return &kind;
  return nullptr;
}

}  // namespace

std::string context_of(const Image& image, const ProgramSpec& program) {
  if (image.btf.empty() || program.btf_type == 0) return {};
  const BtfPointer types(btf__new(image.btf.data(), static_cast<__u32>(image.btf.size())));
  return types ? std::string(first_parameter(*types, program.btf_type)) : std::string();
}

ProgramKind guess_kind(const Image& image, const ProgramSpec& program) {
  const auto context = context_of(image, program);
  for (const auto& known : contexts)
    if (known.name == context) return {known.type, known.attach_type};
  if (context.starts_with("tracepoint__")) return BPF_PROG_TYPE_TRACEPOINT;
  return BPF_PROG_TYPE_KPROBE;
}

void add_reached_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls) {
  for (const auto& call : calls)
    if (!is_inner_map(image, call)) image.program(call.function);  // says which there are
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& call : calls) {
      if (kinds.contains(call.function) || is_inner_map(image, call)) continue;
      const auto* kind = kind_of_callers(kinds, image, call.map);
      if (kind == nullptr) continue;
      kinds.emplace(call.function, *kind);
      changed = true;
    }
  }
}

void add_called_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls) {
  add_reached_functions(kinds, image, calls);
  for (const auto& call : calls)
    if (!kinds.contains(call.function) && !is_inner_map(image, call))
      kinds.emplace(call.function, guess_kind(image, image.program(call.function)));
}

Kinds kinds_of(const Probe& probe) {
  Kinds kinds;
  for (const auto& attachment : probe.attachments()) kinds.emplace(attachment.function, program_kind(attachment.point));
  add_called_functions(kinds, probe.image(), probe.source().tail_calls());
  for (const auto& program : probe.image().programs)
    if (!kinds.contains(program.name)) kinds.emplace(program.name, guess_kind(probe.image(), program));
  return kinds;
}

std::string type_name(bpf_prog_type type) {
  const char* name = libbpf_bpf_prog_type_str(type);
  return name != nullptr ? name : std::to_string(type);
}

}  // namespace sonda
