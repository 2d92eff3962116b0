#include "kernel/kernel_prototypes.h"

namespace sonda {
namespace {

constexpr std::string_view tracepoint_prefix = "btf_trace_";

std::string_view name_of(const btf& types, const btf_type& type) {
  const char* name = btf__name_by_offset(&types, type.name_off);
  return name == nullptr ? std::string_view() : name;
}

std::string_view tag_of(const btf_type& type) {
  if (btf_is_union(&type) || (btf_is_fwd(&type) && btf_kflag(&type))) return "union ";
  if (btf_is_struct(&type) || btf_is_fwd(&type)) return "struct ";
  return btf_is_any_enum(&type) ? "enum " : "";
}

KernelParameter parameter_of(const btf& types, std::uint32_t id) {
  KernelParameter parameter;
  constexpr int deepest = 32;
  std::size_t pointers = 0;
  for (int level = 0; level < deepest; ++level) {
    const auto* type = btf__type_by_id(&types, id);
    if (id == 0 || type == nullptr) {
      parameter.spellings.push_back({"void", pointers});
      return parameter;
    }
    const bool leads_on = btf_is_ptr(type) || btf_is_typedef(type) || btf_is_mod(type) || btf_is_type_tag(type);
    if (btf_is_ptr(type)) ++pointers;
    if (btf_is_typedef(type) || !leads_on)
      parameter.spellings.push_back({std::string(tag_of(*type)) + std::string(name_of(types, *type)), pointers});
    if (!leads_on) {
      parameter.is_integer = btf_is_int(type) || btf_is_any_enum(type);
      return parameter;
    }
    id = type->type;
  }
  return parameter;
}

}  // namespace

KernelPrototypes::KernelPrototypes() {
  const QuietLibbpf quiet;
  types_.reset(btf__load_vmlinux_btf());
  if (!types_) return;
  for (std::uint32_t id = 1; id < btf__type_cnt(types_.get()); ++id) {
    const auto* type = btf__type_by_id(types_.get(), id);
    const auto name = name_of(*types_, *type);
    if (btf_is_func(type)) functions_.emplace(name, id);
    if (btf_is_typedef(type) && name.starts_with(tracepoint_prefix))
      tracepoints_.emplace(name.substr(tracepoint_prefix.size()), id);
  }
}

bool KernelPrototypes::has_raw_tracepoint(std::string_view name) const { return tracepoints_.contains(name); }

std::vector<KernelParameter> KernelPrototypes::parameters(std::string_view function) const {
  std::vector<KernelParameter> parameters;
  const auto found = functions_.find(function);
  if (found == functions_.end()) return parameters;
  const auto* prototype = btf__type_by_id(types_.get(), btf__type_by_id(types_.get(), found->second)->type);
  if (prototype == nullptr || !btf_is_func_proto(prototype)) return parameters;
  for (int i = 0; i < btf_vlen(prototype); ++i)
    parameters.push_back(parameter_of(*types_, btf_params(prototype)[i].type));
  return parameters;
}

void KernelPrototypes::for_each_function(const std::function<void(std::string_view name)>& use) const {
  for (const auto& [name, id] : functions_) use(name);
}

}  // namespace sonda
