#include "cli/check/instructions.h"

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "kernel/kernel_types.h"
#include "kernel/quiet_libbpf.h"

namespace sonda::cli {
namespace {

constexpr int frame_pointer = BPF_REG_10;

/// How far below the frame pointer the instruction reaches, itself or by the address that the next one makes.
std::int64_t reach(const bpf_insn& instruction, const bpf_insn* next) {
  const auto kind = BPF_CLASS(instruction.code);
  if ((kind == BPF_ST || kind == BPF_STX) && instruction.dst_reg == frame_pointer) return -instruction.off;
  if (kind == BPF_LDX && instruction.src_reg == frame_pointer) return -instruction.off;
  const bool copies = instruction.code == (BPF_ALU64 | BPF_MOV | BPF_X) && instruction.src_reg == frame_pointer;
  if (copies && next != nullptr && next->code == (BPF_ALU64 | BPF_ADD | BPF_K) && next->dst_reg == instruction.dst_reg)
    return -std::int64_t{next->imm};
  return 0;
}

}  // namespace

std::uint32_t stack_used(const ProgramSpec& program) {
  std::int64_t deepest = 0;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto* next = i + 1 < program.instructions.size() ? &program.instructions[i + 1] : nullptr;
    deepest = std::max(deepest, reach(program.instructions[i], next));
  }
  return static_cast<std::uint32_t>(deepest);
}

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
    if (instruction.code == (BPF_JMP | BPF_CALL) && instruction.src_reg == 0) numbers.insert(instruction.imm);
  std::vector<std::string> called;
  for (const auto number : numbers) {
    const auto known = names_.find(number);
    called.push_back(known != names_.end() ? known->second : "helper " + std::to_string(number));
  }
  return called;
}

}  // namespace sonda::cli
