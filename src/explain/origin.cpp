#include "explain/origin.h"

#include <algorithm>

#include "explain/registers.h"
#include "image/instructions.h"

namespace sonda {
namespace {

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
