#include "runtime/constant_cookie.h"

#include <vector>

#include "image/instructions.h"

namespace sonda {
namespace {

constexpr int get_attach_cookie = 174;  // BPF_FUNC_get_attach_cookie, which the headers of older distributions lack

bool asks_for_cookie(const bpf_insn& code) { return is_helper_call(code) && code.imm == get_attach_cookie; }

/// Where each instruction is when each call before it has become two instructions.
std::vector<std::uint32_t> moved_places(const std::vector<bpf_insn>& code) {
  std::vector<std::uint32_t> places;
  std::uint32_t at = 0;
  for (const auto& instruction : code) {
    places.push_back(at);
    at += asks_for_cookie(instruction) ? 2 : 1;
  }
  places.push_back(at);
  return places;
}

/// A distance counted from the instruction after `from`, when both ends have moved.
std::int64_t moved(std::int64_t distance, std::size_t from, const std::vector<std::uint32_t>& places) {
  const auto target = static_cast<std::int64_t>(from) + 1 + distance;
  if (target < 0 || static_cast<std::size_t>(target) >= places.size()) return distance;
  return std::int64_t{places[static_cast<std::size_t>(target)]} - std::int64_t{places[from]} - 1;
}

bpf_insn relocated(bpf_insn code, std::size_t at, const std::vector<std::uint32_t>& places) {
  const bool of_function = is_call(code) && code.src_reg == BPF_PSEUDO_CALL;
  const bool at_function = is_wide(code) && code.src_reg == BPF_PSEUDO_FUNC;
  if (of_function || at_function || code.code == (BPF_JMP32 | BPF_JA))
    code.imm = static_cast<__s32>(moved(code.imm, at, places));
  else if (jump_target(code, static_cast<std::uint32_t>(at)))
    code.off = static_cast<__s16>(moved(code.off, at, places));
  return code;
}

}  // namespace

ProgramSpec with_constant_cookie(ProgramSpec program, std::uint64_t cookie) {
  const auto places = moved_places(program.instructions);
  std::vector<bpf_insn> code;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto& instruction = program.instructions[i];
    if (asks_for_cookie(instruction)) {
      bpf_insn low{}, high{};
      low.code = BPF_LD | BPF_IMM | BPF_DW;
      low.dst_reg = BPF_REG_0;
      low.imm = static_cast<__s32>(cookie & 0xffffffff);
      high.imm = static_cast<__s32>(cookie >> 32);
      code.insert(code.end(), {low, high});
      continue;
    }
    code.push_back(relocated(instruction, i, places));
    if (is_wide(instruction) && i + 1 < program.instructions.size()) code.push_back(program.instructions[++i]);
  }
  program.instructions = std::move(code);
  for (auto& reference : program.maps) reference.instruction = places.at(reference.instruction);
  for (auto& function : program.subprograms) function.instruction = places.at(function.instruction);
  for (auto& line : program.lines) line.instruction = places.at(line.instruction);
  return program;
}

}  // namespace sonda
