// Kinds of BPF instructions.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>

namespace sonda {

/// The register that holds the end of the stack, and never changes.
inline constexpr int frame_pointer = BPF_REG_10;

/// Loads 64 bits that follow it, such as the address of a map: takes two instructions.
constexpr bool is_wide(const bpf_insn& instruction) { return instruction.code == (BPF_LD | BPF_IMM | BPF_DW); }

/// A call, be it of a helper, of the kernel or of another function of the program's.
constexpr bool is_call(const bpf_insn& instruction) { return instruction.code == (BPF_JMP | BPF_CALL); }

/// A call of a helper, whose number (enum bpf_func_id) is `imm`.
constexpr bool is_helper_call(const bpf_insn& instruction) { return is_call(instruction) && instruction.src_reg == 0; }

/// A jump that may be taken or not.
constexpr bool is_conditional(const bpf_insn& instruction) {
  const auto kind = BPF_CLASS(instruction.code);
  const auto operation = BPF_OP(instruction.code);
  return (kind == BPF_JMP || kind == BPF_JMP32) && operation != BPF_CALL && operation != BPF_EXIT &&
         operation != BPF_JA;
}

/// Where a jump at `index` leads; nothing for what is none.
constexpr std::optional<std::uint32_t> jump_target(const bpf_insn& instruction, std::uint32_t index) {
  const bool is_long = instruction.code == (BPF_JMP32 | BPF_JA);
  if (!is_long && instruction.code != (BPF_JMP | BPF_JA) && !is_conditional(instruction)) return std::nullopt;
  const auto target = std::int64_t{index} + 1 + (is_long ? instruction.imm : instruction.off);
  return target < 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(target));
}

/// Whether it reads that register. A call may read all of its arguments, R1 to R5.
constexpr bool reads(const bpf_insn& instruction, int number) {
  const bool is_to = instruction.dst_reg == number, is_from = instruction.src_reg == number;
  const bool uses_from = BPF_SRC(instruction.code) == BPF_X && is_from;
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return uses_from || (BPF_OP(instruction.code) != BPF_MOV && is_to);
    case BPF_LDX:
      return is_from;
    case BPF_ST:
      return is_to;
    case BPF_STX:  // CMPXCHG compares with R0
      return is_to || is_from || (BPF_MODE(instruction.code) == BPF_ATOMIC && number == BPF_REG_0);
    case BPF_LD:
      return !is_wide(instruction) && (number == BPF_REG_6 || (BPF_MODE(instruction.code) == BPF_IND && is_from));
    default:
      if (BPF_OP(instruction.code) == BPF_EXIT) return number == BPF_REG_0;
      if (is_call(instruction)) return number >= BPF_REG_1 && number <= BPF_REG_5;
      return is_conditional(instruction) && (is_to || uses_from);
  }
}

/// Whether that register holds something else afterwards. After a call nothing is left in R1 to R5.
constexpr bool writes(const bpf_insn& instruction, int number) {
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
    case BPF_ALU64:
    case BPF_LDX:
      return instruction.dst_reg == number;
    case BPF_LD:
      return is_wide(instruction) ? instruction.dst_reg == number : number <= BPF_REG_5;
    case BPF_STX:
      return BPF_MODE(instruction.code) == BPF_ATOMIC && (instruction.imm & BPF_FETCH) != 0 &&
             (instruction.src_reg == number || number == BPF_REG_0);
    case BPF_ST:
      return false;
    default:
      return is_call(instruction) && number <= BPF_REG_5;
  }
}

}  // namespace sonda
