#include "runtime/constant_cookie.h"

#include <vector>

#include "image/instructions.h"
#include "runtime/put_in.h"

namespace sonda {
namespace {

constexpr int get_attach_cookie = 174;  // BPF_FUNC_get_attach_cookie, which the headers of older distributions lack

bool asks_for_cookie(const bpf_insn& code) { return is_helper_call(code) && code.imm == get_attach_cookie; }

/// R0 as the helper would leave it.
std::vector<bpf_insn> load_into_r0(std::uint64_t cookie) {
  bpf_insn low{}, high{};
  low.code = BPF_LD | BPF_IMM | BPF_DW;
  low.dst_reg = BPF_REG_0;
  low.imm = static_cast<__s32>(cookie & 0xffffffff);
  high.imm = static_cast<__s32>(cookie >> 32);
  return {low, high};
}

}  // namespace

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
