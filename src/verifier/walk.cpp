#include "verifier/walk.h"

#include <algorithm>
#include <cstdlib>

#include "image/instructions.h"

namespace sonda {
namespace {

bool is_move(const bpf_insn& i) { return is_arithmetic(i) && BPF_OP(i.code) == BPF_MOV; }
bool is_load(const bpf_insn& i) { return BPF_CLASS(i.code) == BPF_LDX; }
bool is_store(const bpf_insn& i) { return BPF_CLASS(i.code) == BPF_STX || BPF_CLASS(i.code) == BPF_ST; }
bool is_constant_load(const bpf_insn& i) { return BPF_CLASS(i.code) == BPF_LD; }

bool uses_register(const bpf_insn& i) { return BPF_SRC(i.code) == BPF_X; }

/// A value that is followed back: in a register, or in 8 bytes of the stack.
class Follower {
 public:
  Follower(const Walk& walk, int reg) : walk_(walk), register_(reg) {}

  /// Looks at the step; true if the value was not there before it.
  bool take(std::size_t at, Slice& slice) {
    const auto& i = walk_.instruction(at);
    if (register_ < 0) return take_stored(at, i, slice);
    const bool called = is_call(i) && register_ <= BPF_REG_5;
    const bool sets = (is_arithmetic(i) || is_load(i) || is_constant_load(i)) && i.dst_reg == register_;
    if (!called && !sets) return false;
    slice.steps.push_back(at);
    if (is_arithmetic(i) && !is_move(i)) return false;
    if (is_move(i) && uses_register(i)) {
      register_ = i.src_reg;
      return register_ == frame_pointer;
    }
    if (!called && is_load(i))
      if (const auto base = walk_.stack_offset(at, i.src_reg)) {
        slot_ = *base + i.off;
        register_ = -1;
        return false;
      }
    return true;
  }

 private:
  bool take_stored(std::size_t at, const bpf_insn& i, Slice& slice) {
    if (!is_store(i)) return false;
    const auto base = walk_.stack_offset(at, i.dst_reg);
    if (!base || *base + i.off != slot_) return false;
    slice.steps.push_back(at);
    if (BPF_CLASS(i.code) == BPF_ST) return true;
    register_ = i.src_reg;
    return false;
  }

  const Walk& walk_;
  int register_;
  int slot_ = 0;
};

}  // namespace

const LineRecord* line_of(const ProgramSpec& spec, int instruction) {
  const LineRecord* found = nullptr;
  if (instruction < 0) return found;
  for (const auto& record : spec.lines) {
    if (record.instruction > static_cast<std::uint32_t>(instruction)) break;
    if (record.line > 0) found = &record;
  }
  return found;
}

Walk::Walk(const Trace& trace, const ProgramSpec& spec) : trace_(trace), spec_(spec) {
  if (trace.steps.empty()) return;
  for (const auto step : trace.path_to(trace.steps.size() - 1)) {
    const auto& each = trace.steps[step];
    // Of functions that are called nothing is known here; what is not the program's own is none of it.
    if (each.frame == 0 && each.instruction < spec.instructions.size()) path_.push_back(step);
  }
  Offsets now;
  now.fill(nowhere);
  now[frame_pointer] = 0;
  offsets_.reserve(path_.size());
  for (std::size_t at = 0; at < path_.size(); ++at) {
    offsets_.push_back(now);
    now = follow(now, instruction(at));
  }
}

Walk::Offsets Walk::follow(const Offsets& before, const bpf_insn& i) {
  auto after = before;
  const int target = i.dst_reg;
  if (is_call(i)) {
    std::fill_n(after.begin(), 6, nowhere);
  } else if (target > BPF_REG_9 || i.src_reg > frame_pointer) {
    return after;
  } else if (is_move(i) && BPF_CLASS(i.code) == BPF_ALU64 && uses_register(i)) {
    after.at(target) = before.at(i.src_reg);
  } else if (i.code == (BPF_ALU64 | BPF_ADD | BPF_K) && before.at(target) != nowhere && std::abs(i.imm) <= 4096) {
    after.at(target) = static_cast<std::int16_t>(before.at(target) + i.imm);
  } else if (is_arithmetic(i) || is_load(i) || is_constant_load(i)) {
    after.at(target) = nowhere;
  }
  return after;
}

std::optional<int> Walk::stack_offset(std::size_t at, int reg) const {
  if (reg < 0 || reg > frame_pointer || offsets_[at].at(reg) == nowhere) return std::nullopt;
  return offsets_[at].at(reg);
}

bool Walk::is_branch(std::size_t at) const { return is_conditional(instruction(at)); }

std::optional<bool> Walk::jumped(std::size_t at) const {
  if (!is_branch(at) || at + 1 >= size()) return std::nullopt;
  const auto here = static_cast<std::int64_t>(step(at).instruction), next = std::int64_t{step(at + 1).instruction};
  const auto target = here + 1 + instruction(at).off;
  if (target == here + 1) return std::nullopt;
  if (next == target) return true;
  return next == here + 1 ? std::optional(false) : std::nullopt;
}

const LineRecord* Walk::line(std::size_t at) const { return line_of(spec_, static_cast<int>(step(at).instruction)); }

std::optional<std::size_t> Walk::last_at(std::uint32_t instruction) const {
  for (auto at = size(); at-- > 0;)
    if (step(at).instruction == instruction) return at;
  return std::nullopt;
}

Slice slice_back(const Walk& walk, std::size_t at, int reg) {
  Slice slice;
  if (reg < 0 || reg >= frame_pointer) return slice;
  Follower follower(walk, reg);
  while (at-- > 0)
    if (follower.take(at, slice)) {
      slice.origin = at;
      break;
    }
  std::ranges::reverse(slice.steps);
  return slice;
}

}  // namespace sonda
