// Kinds of BPF instructions.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>

namespace sonda {

/// The register that holds the end of the stack, and never changes.
inline constexpr int frame_pointer = BPF_REG_10;

/// The register in which a call leaves what it gives.
inline constexpr int result_register = BPF_REG_0;

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

/// Puts the bytes of a word in another order, or turns its sign: the second register is none then.
constexpr bool is_unary(const bpf_insn& instruction) {
  return BPF_OP(instruction.code) == BPF_NEG || BPF_OP(instruction.code) == BPF_END;
}

/// Calculates in a register, or copies one.
constexpr bool is_arithmetic(const bpf_insn& instruction) {
  return BPF_CLASS(instruction.code) == BPF_ALU || BPF_CLASS(instruction.code) == BPF_ALU64;
}

/// Compares memory with R0, and gives R0 what was there.
constexpr bool is_compare_and_exchange(const bpf_insn& instruction) {
  return BPF_CLASS(instruction.code) == BPF_STX && BPF_MODE(instruction.code) == BPF_ATOMIC &&
         instruction.imm == BPF_CMPXCHG;
}

/// Whether it reads that register. A call may read all of its arguments, R1 to R5.
constexpr bool reads(const bpf_insn& instruction, int number) {
  const bool is_to = instruction.dst_reg == number, is_from = instruction.src_reg == number;
  const bool uses_from = BPF_SRC(instruction.code) == BPF_X && is_from;
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return (uses_from && !is_unary(instruction)) || (is_to && BPF_OP(instruction.code) != BPF_MOV);
    case BPF_LDX:
      return is_from;
    case BPF_ST:
      return is_to;
    case BPF_STX:
      return is_to || is_from || (number == BPF_REG_0 && is_compare_and_exchange(instruction));
    case BPF_LD:  // of a packet, in the old way, if it is not wide
      return !is_wide(instruction) && (number == BPF_REG_6 || (BPF_MODE(instruction.code) == BPF_IND && is_from));
    default:
      if (BPF_OP(instruction.code) == BPF_EXIT) return number == BPF_REG_0;
      if (is_call(instruction)) return number >= BPF_REG_1 && number <= BPF_REG_5;
      return is_conditional(instruction) && (is_to || uses_from);
  }
}

/// Whether that register has a result of it.
constexpr bool sets(const bpf_insn& instruction, int number) {
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
    case BPF_ALU64:
    case BPF_LDX:
      return instruction.dst_reg == number;
    case BPF_LD:
      return number == (is_wide(instruction) ? instruction.dst_reg : result_register);
    case BPF_STX:
      if (BPF_MODE(instruction.code) != BPF_ATOMIC || (instruction.imm & BPF_FETCH) == 0) return false;
      return number == (is_compare_and_exchange(instruction) ? result_register : instruction.src_reg);
    case BPF_ST:
      return false;
    default:
      return is_call(instruction) && number == BPF_REG_0;
  }
}

/// Whether that register holds something else afterwards: a result, or, of R1 to R5 after a call, nothing.
constexpr bool writes(const bpf_insn& instruction, int number) {
  const bool is_old_load = BPF_CLASS(instruction.code) == BPF_LD && !is_wide(instruction);
  return sets(instruction, number) || ((is_call(instruction) || is_old_load) && number <= BPF_REG_5);
}

/// One of those fields; what is not of its kind is 0. `offset` must fit 16 bits.
constexpr bpf_insn make_instruction(int code, int to = 0, int from = 0, std::int64_t offset = 0, int number = 0) {
  bpf_insn made{};
  made.code = static_cast<__u8>(code);
  made.dst_reg = static_cast<__u8>(to & 15);
  made.src_reg = static_cast<__u8>(from & 15);
  made.off = static_cast<__s16>(offset);
  made.imm = number;
  return made;
}

}  // namespace sonda
