#include "inspect/targets.h"

#include <bpf/btf.h>

#include <memory>
#include <string_view>

#include "kernel/quiet_libbpf.h"

namespace sonda {
namespace {

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;

std::string without_prefix(std::string_view name) {
  for (const std::string_view prefix : {"btf_trace_", "bpf_lsm_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return std::string(name);
}

std::string look_up(std::uint32_t object, std::uint32_t type) {
  const QuietLibbpf quiet;
  Btf base(nullptr, &btf__free);
  Btf types(btf__load_from_kernel_by_id(object), &btf__free);
  if (!types) {  // a module's is made of the kernel's and its own
    base.reset(btf__load_vmlinux_btf());
    if (base) types.reset(btf__load_from_kernel_by_id_split(object, base.get()));
  }
  const auto* found = types ? btf__type_by_id(types.get(), type) : nullptr;
  const auto* name = found != nullptr ? btf__name_by_offset(types.get(), found->name_off) : nullptr;
  return name == nullptr ? std::string() : without_prefix(name);
}

}  // namespace

const std::string& TargetNames::find(std::uint32_t object, std::uint32_t type) {
  const auto key = std::pair(object, type);
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, look_up(object, type)).first;
  return found->second;
}

}  // namespace sonda
