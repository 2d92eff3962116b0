#include "runtime/run_counts.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "image/instructions.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// How far below the frame pointer the instruction reaches, itself or by the address that the next one makes.
std::int64_t reach(const bpf_insn& instruction, const bpf_insn* next) {
  const auto kind = BPF_CLASS(instruction.code);
  if ((kind == BPF_ST || kind == BPF_STX) && instruction.dst_reg == frame_pointer) return -instruction.off;
  if (kind == BPF_LDX && instruction.src_reg == frame_pointer) return -instruction.off;
  const bool copies = instruction.code == (BPF_ALU64 | BPF_MOV | BPF_X) && instruction.src_reg == frame_pointer;
  if (copies && next != nullptr && next->code == (BPF_ALU64 | BPF_ADD | BPF_K) && next->dst_reg == instruction.dst_reg)
    return -std::int64_t{next->imm};
  return 0;
}

}  // namespace

bpf_prog_info program_info(const Program& program) {
  bpf_prog_info info{};
  read_program_info(program.fd(), program.name(), info);
  return info;
}

void read_program_info(int fd, const std::string& name, bpf_prog_info& info) {
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
    throw system_error(Stage::read, name, "asking the kernel about the program", errno);
}

std::uint64_t missed_runs(const Program& program) { return program_info(program).recursion_misses; }

std::uint64_t missed_runs(const LoadedImage& loaded) {
  std::uint64_t sum = 0;
  for (const auto& program : loaded.programs()) sum += missed_runs(*program);
  return sum;
}

RunCount run_count(const Program& program) {
  const auto info = program_info(program);
  return {info.run_cnt, info.run_time_ns};
}

RunCount run_count(const LoadedImage& loaded) {
  RunCount sum;
  for (const auto& program : loaded.programs()) {
    const auto each = run_count(*program);
    sum.runs += each.runs;
    sum.nanoseconds += each.nanoseconds;
  }
  return sum;
}

double nanoseconds_each(const RunCount& count) {
  return count.runs == 0 ? 0 : static_cast<double>(count.nanoseconds) / static_cast<double>(count.runs);
}

ProgramCost program_cost(const ProgramSpec& spec, const Program& program) {
  return {.instructions = static_cast<std::uint32_t>(spec.instructions.size()),
          .verified = program_info(program).verified_insns,
          .stack = stack_used(spec)};
}

std::uint32_t stack_used(const ProgramSpec& program) {
  std::int64_t deepest = 0;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto* next = i + 1 < program.instructions.size() ? &program.instructions[i + 1] : nullptr;
    deepest = std::max(deepest, reach(program.instructions[i], next));
  }
  return static_cast<std::uint32_t>(deepest);
}

}  // namespace sonda
