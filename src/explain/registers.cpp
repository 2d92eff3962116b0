#include "explain/registers.h"

#include <algorithm>

#include "explain/helpers.h"
#include "image/instructions.h"

namespace sonda {
namespace {

constexpr int most_arguments = 5;

int arguments_of_helper(int helper) {
  const auto* known = find_helper(helper);
  if (known == nullptr) return most_arguments;
  const auto parameters = parameters_of(*known);
  const bool open = !parameters.empty() && parameters.back() == "...";
  return open ? most_arguments : std::min(static_cast<int>(parameters.size()), most_arguments);
}

/// How many of R1 to R5 a call reads.
int arguments_of(const bpf_insn& call) { return call.src_reg == 0 ? arguments_of_helper(call.imm) : most_arguments; }

}  // namespace

RegisterUse register_use(const bpf_insn& instruction) {
  RegisterUse use;
  const int last = is_call(instruction) ? arguments_of(instruction) : frame_pointer - 1;
  for (int number = 0; number < frame_pointer; ++number) {
    if (number <= last && reads(instruction, number)) use.read.push_back(number);
    if (sets(instruction, number)) use.written.push_back(number);
  }
  return use;
}

std::optional<MemoryAccess> memory_access(const bpf_insn& instruction) {
  const auto bytes = [&] {
    switch (BPF_SIZE(instruction.code)) {
      case BPF_B:
        return 1;
      case BPF_H:
        return 2;
      case BPF_W:
        return 4;
      default:
        return 8;
    }
  };
  switch (BPF_CLASS(instruction.code)) {
    case BPF_LDX:
      return MemoryAccess{.base = instruction.src_reg, .size = bytes(), .reads = true};
    case BPF_ST:
      return MemoryAccess{.base = instruction.dst_reg, .size = bytes(), .writes = true};
    case BPF_STX:
      return MemoryAccess{.base = instruction.dst_reg,
                          .size = bytes(),
                          .writes = true,
                          .reads = BPF_MODE(instruction.code) == BPF_ATOMIC};
    default:
      return std::nullopt;
  }
}

}  // namespace sonda
