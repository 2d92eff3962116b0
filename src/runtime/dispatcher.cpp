#include "runtime/dispatcher.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "kernel/quiet_libbpf.h"
#include "runtime/create_map.h"
#include "runtime/load_program.h"
#include "runtime/run_counts.h"
#include "sonda/error.h"

namespace sonda {
namespace {

// The slot that is jumped through, and one in which a program is tried beforehand.
constexpr __u32 served_slot = 0, trial_slot = 1, slot_count = 2;
constexpr std::int32_t xdp_pass = 2, tc_next = -1, cgroup_allow = 1;

/// As if no program were there.
std::int32_t result_of_none(const ProgramKind& kind) {
  switch (kind.type) {
    case BPF_PROG_TYPE_XDP:
      return xdp_pass;
    case BPF_PROG_TYPE_SCHED_CLS:
      return tc_next;
    case BPF_PROG_TYPE_CGROUP_SKB:
    case BPF_PROG_TYPE_CGROUP_SOCK:
    case BPF_PROG_TYPE_CGROUP_DEVICE:
    case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
    case BPF_PROG_TYPE_CGROUP_SYSCTL:
    case BPF_PROG_TYPE_CGROUP_SOCKOPT:
    case BPF_PROG_TYPE_SOCK_OPS:
      return cgroup_allow;
    default:
      return 0;
  }
}

bpf_insn instruction(int code, int to, int from, std::int32_t immediate) {
  bpf_insn result{};
  result.code = static_cast<__u8>(code);
  result.dst_reg = static_cast<__u8>(to & 15);
  result.src_reg = static_cast<__u8>(from & 15);
  result.imm = immediate;
  return result;
}

std::vector<bpf_insn> jump_through(int slots, std::int32_t otherwise) {
  return {instruction(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, slots),
          instruction(0, 0, 0, 0),
          instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, served_slot),
          instruction(BPF_JMP | BPF_CALL, 0, 0, BPF_FUNC_tail_call),
          instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, otherwise),
          instruction(BPF_JMP | BPF_EXIT, 0, 0, 0)};
}

bool put(const UniqueFd& slots, __u32 slot, const Program& program) noexcept {
  const __u32 fd = static_cast<__u32>(program.fd());
  return bpf_map_update_elem(slots.get(), &slot, &fd, BPF_ANY) == 0;
}

}  // namespace

Dispatcher::Dispatcher(const Image& image, const std::string& function, const ProgramKind& kind) {
  const QuietLibbpf quiet;
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  slots_.reset(bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, kernel_name(function).c_str(), sizeof(__u32), sizeof(__u32),
                              slot_count, &options));
  if (!slots_) throw system_error(Stage::load, function, "cannot make the array that it is reached through", errno);
  Image frame;
  frame.license = image.license;
  frame.kernel_version = image.kernel_version;
  ProgramSpec spec;
  spec.name = function;
  spec.instructions = jump_through(slots_.get(), result_of_none(kind));
  auto program = load_program(frame, spec, kind, spec.instructions, -1);
  program_ = std::make_unique<Program>(function, kind, std::move(program));
}

const Program& Dispatcher::program_for(const Program& served) {
  program_->use_maps_of(served);
  return *program_;
}

bool Dispatcher::takes(const Program& served) const noexcept {
  const bool taken = put(slots_, trial_slot, served);
  if (taken) bpf_map_delete_elem(slots_.get(), &trial_slot);
  return taken;
}

void Dispatcher::jump_to(const Program& served) {
  const auto so_far = run_count(*program_);
  if (!put(slots_, served_slot, served))
    throw system_error(Stage::load, served.name(), "the kernel does not put it in place of the one that runs", errno);
  program_->use_maps_of(served);  // those of the one before may be gone
  target_ = &served;
  at_swap_ = so_far;
}

RunCount Dispatcher::runs() const { return run_count(*program_) - at_swap_; }

std::uint64_t Dispatcher::missed() const { return missed_runs(*program_); }

}  // namespace sonda
