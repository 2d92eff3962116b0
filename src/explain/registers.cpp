#include "explain/registers.h"

#include <algorithm>

#include "explain/helpers.h"
#include "image/instructions.h"

namespace sonda {
namespace {

constexpr int most_arguments = 5;

int arguments_of(int helper) {
  const auto* known = find_helper(helper);
  if (known == nullptr) return most_arguments;
  const auto parameters = parameters_of(*known);
  const bool open = !parameters.empty() && parameters.back() == "...";
  return open ? most_arguments : std::min(static_cast<int>(parameters.size()), most_arguments);
}

void add_arithmetic(RegisterUse& use, const bpf_insn& instruction) {
  const auto operation = BPF_OP(instruction.code);
  if (operation != BPF_MOV) use.read.push_back(instruction.dst_reg);
  const bool unary = operation == BPF_NEG || operation == BPF_END;
  if (BPF_SRC(instruction.code) == BPF_X && !unary) use.read.push_back(instruction.src_reg);
  use.written.push_back(instruction.dst_reg);
}

void add_store(RegisterUse& use, const bpf_insn& instruction) {
  use.read = {instruction.dst_reg, instruction.src_reg};
  if (BPF_MODE(instruction.code) != BPF_ATOMIC) return;
  if (instruction.imm == BPF_CMPXCHG) {
    use.read.push_back(BPF_REG_0);
    use.written.push_back(BPF_REG_0);
  } else if ((instruction.imm & BPF_FETCH) != 0) {
    use.written.push_back(instruction.src_reg);
  }
}

void add_jump(RegisterUse& use, const bpf_insn& instruction) {
  const auto operation = BPF_OP(instruction.code);
  if (operation == BPF_EXIT) {
    use.read.push_back(BPF_REG_0);
  } else if (operation == BPF_CALL) {
    const int count = instruction.src_reg == 0 ? arguments_of(instruction.imm) : most_arguments;
    for (int number = 1; number <= count; ++number) use.read.push_back(number);
    use.written.push_back(BPF_REG_0);
  } else if (is_conditional(instruction)) {
    use.read.push_back(instruction.dst_reg);
    if (BPF_SRC(instruction.code) == BPF_X) use.read.push_back(instruction.src_reg);
  }
}

void tidy(std::vector<int>& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::erase(numbers, frame_pointer);
}

}  // namespace

RegisterUse register_use(const bpf_insn& instruction) {
  RegisterUse use;
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      add_arithmetic(use, instruction);
      break;
    case BPF_LD:
      if (is_wide(instruction)) {
        use.written = {instruction.dst_reg};
      } else {  // of a packet, in the old way
        use.read = {BPF_REG_6};
        if (BPF_MODE(instruction.code) == BPF_IND) use.read.push_back(instruction.src_reg);
        use.written = {BPF_REG_0};
      }
      break;
    case BPF_LDX:
      use.read = {instruction.src_reg};
      use.written = {instruction.dst_reg};
      break;
    case BPF_ST:
      use.read = {instruction.dst_reg};
      break;
    case BPF_STX:
      add_store(use, instruction);
      break;
    default:
      add_jump(use, instruction);
  }
  tidy(use.read);
  tidy(use.written);
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
