// BPF instructions, made by hand.
#pragma once

#include "image/instructions.h"

namespace sonda::test::code {

constexpr bpf_insn make(int code, int to = 0, int from = 0, int offset = 0, int number = 0) {
  return make_instruction(code, to, from, offset, number);
}

constexpr bpf_insn move(int to, int from) { return make(BPF_ALU64 | BPF_MOV | BPF_X, to, from); }
constexpr bpf_insn set(int to, int number) { return make(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number); }
constexpr bpf_insn helper(int number) { return make(BPF_JMP | BPF_CALL, 0, 0, 0, number); }
/// The first half of a wide load into `to`; the second one is make(0).
constexpr bpf_insn wide(int to, int from = 0, int number = 0) {
  return make(BPF_LD | BPF_IMM | BPF_DW, to, from, 0, number);
}
constexpr bpf_insn jump(int offset) { return make(BPF_JMP | BPF_JA, 0, 0, offset); }
constexpr bpf_insn jump_if_zero(int number, int offset) { return make(BPF_JMP | BPF_JEQ | BPF_K, number, 0, offset); }
constexpr bpf_insn leave() { return make(BPF_JMP | BPF_EXIT); }

}  // namespace sonda::test::code
