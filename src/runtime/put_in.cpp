#include "runtime/put_in.h"

#include <utility>

#include "image/instructions.h"

namespace sonda {
namespace {

using Places = std::vector<std::uint32_t>;

/// Where each instruction is afterwards, and where the end is.
Places new_places(std::size_t count, std::span<const Insertion> insertions) {
  Places places;
  places.reserve(count + 1);
  std::uint32_t at = 0;
  auto next = insertions.begin();
  for (std::size_t i = 0; i < count; ++i) {
    places.push_back(at);
    const bool here = next != insertions.end() && next->instruction == i;
    if (!here || next->place == Insertion::Place::behind) ++at;
    if (here) at += static_cast<std::uint32_t>((next++)->code.size());
  }
  places.push_back(at);
  return places;
}

/// A distance counted from the instruction after `from`, when both ends have moved. One that leads out of the program
/// stays: the kernel refuses it either way.
std::int64_t moved(std::int64_t distance, std::size_t from, const Places& places) {
  const auto target = static_cast<std::int64_t>(from) + 1 + distance;
  if (target < 0 || static_cast<std::size_t>(target) >= places.size()) return distance;
  return std::int64_t{places[static_cast<std::size_t>(target)]} - std::int64_t{places[from]} - 1;
}

/// False if its new distance does not fit.
bool relocate(bpf_insn& code, std::size_t at, const Places& places) {
  const bool of_function = is_call(code) && code.src_reg == BPF_PSEUDO_CALL;
  const bool at_function = is_wide(code) && code.src_reg == BPF_PSEUDO_FUNC;
  if (of_function || at_function || code.code == (BPF_JMP32 | BPF_JA)) {
    code.imm = static_cast<__s32>(moved(code.imm, at, places));
  } else if (jump_target(code, static_cast<std::uint32_t>(at))) {
    const auto distance = moved(code.off, at, places);
    if (!std::in_range<__s16>(distance)) return false;
    code.off = static_cast<__s16>(distance);
  }
  return true;
}

/// Makes the last instruction of `code` lead to `target`. False if that is too far.
bool lead(std::vector<bpf_insn>& code, std::uint32_t target) {
  const auto distance = static_cast<std::int64_t>(target) - static_cast<std::int64_t>(code.size());
  code.back().off = static_cast<__s16>(distance);
  return std::in_range<__s16>(distance);
}

constexpr int get_attach_cookie = 174;  // BPF_FUNC_get_attach_cookie, which the headers of older distributions lack

bool asks_for_cookie(const bpf_insn& code) { return is_helper_call(code) && code.imm == get_attach_cookie; }

/// R0 as the helper would leave it.
std::vector<bpf_insn> load_into_r0(std::uint64_t cookie) {
  return {make_instruction(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_0, 0, 0, static_cast<__s32>(cookie & 0xffffffff)),
          make_instruction(0, 0, 0, 0, static_cast<__s32>(cookie >> 32))};
}

}  // namespace

std::optional<ProgramSpec> put_in(ProgramSpec program, std::span<const Insertion> insertions) {
  const auto& before = program.instructions;
  const auto places = new_places(before.size(), insertions);
  std::vector<bpf_insn> code;
  code.reserve(places.back());
  auto next = insertions.begin();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool here = next != insertions.end() && next->instruction == i;
    if (!here || next->place == Insertion::Place::behind) {
      code.push_back(before[i]);
      if (!relocate(code.back(), i, places)) return std::nullopt;
    }
    if (here) {
      code.insert(code.end(), next->code.begin(), next->code.end());
      if (next->then && !lead(code, places.at(*next->then))) return std::nullopt;
      ++next;
    } else if (is_wide(before[i]) && i + 1 < before.size()) {
      code.push_back(before[++i]);
    }
  }
  program.instructions = std::move(code);
  for (auto& reference : program.maps) reference.instruction = places.at(reference.instruction);
  for (auto& function : program.subprograms) function.instruction = places.at(function.instruction);
  for (auto& line : program.lines) line.instruction = places.at(line.instruction);
  return program;
}

ProgramSpec with_constant_cookie(ProgramSpec program, std::uint64_t cookie) {
  std::vector<Insertion> calls;
  for (std::uint32_t i = 0; i < program.instructions.size(); ++i) {
    const auto& code = program.instructions[i];
    if (asks_for_cookie(code)) calls.push_back({i, Insertion::Place::instead, load_into_r0(cookie)});
    if (is_wide(code)) ++i;
  }
  auto result = put_in(program, calls);
  return result ? std::move(*result) : std::move(program);
}

}  // namespace sonda
