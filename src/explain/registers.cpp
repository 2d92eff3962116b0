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

constexpr int first_kept = BPF_REG_6;

/// A register, or a place of the stack.
struct Storage {
  int number = 0;
  int offset = 0;  // from the frame pointer, of a place of the stack
  bool on_stack = false;
};

bool is_move(const bpf_insn& code) { return code.code == (BPF_ALU64 | BPF_MOV | BPF_X) && code.off == 0; }

/// Of eight bytes at a place of the stack that is named by R10 itself.
std::optional<Storage> stack_place(const bpf_insn& code, const MemoryAccess& access) {
  if (access.base != frame_pointer || access.size != 8) return std::nullopt;
  return Storage{.offset = code.off, .on_stack = true};
}

/// Whether the store may have changed the eight bytes at the place.
bool may_overwrite(const bpf_insn& code, const MemoryAccess& access, const Storage& place) {
  // The compiler puts registers aside by R10 itself.
  if (access.base != frame_pointer) return false;
  return code.off < place.offset + 8 && place.offset < code.off + access.size;
}

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

std::optional<std::uint32_t> wide_load_of(const ProgramSpec& program, const Trace& trace, std::size_t step,
                                          int number) {
  constexpr int farthest = 4096;
  Storage wanted{.number = number};
  const auto frame = trace.steps[step].frame;
  for (int steps = 0; steps < farthest; ++steps) {
    const auto before = trace.steps[step].previous;
    if (before == TraceStep::none) return std::nullopt;
    step = static_cast<std::size_t>(before);
    const auto& at = trace.steps[step];
    if (at.frame != frame || at.instruction >= program.instructions.size()) return std::nullopt;
    const auto& code = program.instructions[at.instruction];
    const auto access = memory_access(code);
    if (wanted.on_stack) {
      if (!access || !access->writes || !may_overwrite(code, *access, wanted)) continue;
      const bool whole = code.code == (BPF_STX | BPF_MEM | BPF_DW) && code.off == wanted.offset;
      if (!whole) return std::nullopt;
      wanted = {.number = code.src_reg};
      continue;
    }
    const auto written = register_use(code).written;
    const bool changes =
        is_call(code) ? wanted.number < first_kept : std::ranges::find(written, wanted.number) != written.end();
    if (!changes) continue;
    if (is_wide(code)) return at.instruction;
    if (is_move(code)) {
      wanted.number = code.src_reg;
    } else if (const auto place = access && access->reads ? stack_place(code, *access) : std::nullopt) {
      wanted = *place;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace sonda
