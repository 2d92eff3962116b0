#include "cli/check/instructions.h"

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <set>
#include <string_view>

#include "image/instructions.h"
#include "kernel/btf_pointer.h"
#include "kernel/quiet_libbpf.h"

namespace sonda::cli {
HelperNames::HelperNames() {
  const QuietLibbpf quiet;
  const BtfPointer types(btf__load_vmlinux_btf());
  if (!types) return;
  const auto id = btf__find_by_name_kind(types.get(), "bpf_func_id", BTF_KIND_ENUM);
  if (id < 0) return;
  const auto* type = btf__type_by_id(types.get(), static_cast<__u32>(id));
  constexpr std::string_view prefix = "BPF_FUNC_";
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const std::string_view name = btf__name_by_offset(types.get(), btf_enum(type)[i].name_off);
    if (name.starts_with(prefix)) names_.emplace(btf_enum(type)[i].val, name.substr(prefix.size()));
  }
}

std::vector<std::string> HelperNames::called(const ProgramSpec& program) const {
  std::set<int> numbers;
  for (const auto& instruction : program.instructions)
    if (is_helper_call(instruction)) numbers.insert(instruction.imm);
  std::vector<std::string> called;
  for (const auto number : numbers) {
    const auto known = names_.find(number);
    called.push_back(known != names_.end() ? known->second : "helper " + std::to_string(number));
  }
  return called;
}

}  // namespace sonda::cli
