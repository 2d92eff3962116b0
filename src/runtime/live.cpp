#include "runtime/live.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "image/instructions.h"
#include "kernel/libbpf.h"
#include "runtime/create_map.h"
#include "runtime/load_program.h"
#include "runtime/run_counts.h"
#include "sonda/error.h"

namespace sonda {
namespace {

// The slot that is jumped through, and one in which a program is tried beforehand.
constexpr __u32 served_slot = 0, trial_slot = 1, slot_count = 2;
constexpr std::int32_t xdp_pass = 2, tc_next = -1, cgroup_allow = 1;
constexpr bpf_prog_type of_cgroups[] = {BPF_PROG_TYPE_CGROUP_SKB,    BPF_PROG_TYPE_CGROUP_SOCK,
                                        BPF_PROG_TYPE_CGROUP_DEVICE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
                                        BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_PROG_TYPE_CGROUP_SOCKOPT,
                                        BPF_PROG_TYPE_SOCK_OPS};

/// As if no program were there.
std::int32_t result_of_none(bpf_prog_type type) {
  if (type == BPF_PROG_TYPE_XDP) return xdp_pass;
  if (type == BPF_PROG_TYPE_SCHED_CLS) return tc_next;
  return std::ranges::find(of_cgroups, type) != std::end(of_cgroups) ? cgroup_allow : 0;
}

std::vector<bpf_insn> jump_through(int slots, std::int32_t otherwise) {
  return {make_instruction(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, slots),
          make_instruction(0),
          make_instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, served_slot),
          make_instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call),
          make_instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, otherwise),
          make_instruction(BPF_JMP | BPF_EXIT)};
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
  spec.instructions = jump_through(slots_.get(), result_of_none(kind.type));
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

Way make_way(const Image& image, const Program& program) {
  Way way{.function = program.name(), .kind = program.kind(), .dispatcher = {}, .obstacle = {}};
  try {
    way.dispatcher = std::make_unique<Dispatcher>(image, way.function, way.kind);
    if (way.dispatcher->takes(program)) return way;
    way.obstacle = "the kernel does not let programs jump to this one";
  } catch (const Error&) {
    way.obstacle = "the kernel has no jumps between programs of this kind";
  }
  way.dispatcher.reset();
  return way;
}

Way& Live::way(const Image& image, const Program& program) {
  const auto known = std::ranges::find_if(
      ways, [&](const Way& each) { return each.function == program.name() && each.kind == program.kind(); });
  if (known != ways.end()) return *known;
  auto made = make_way(image, program);
  if (made.dispatcher) made.dispatcher->jump_to(program);
  return ways.emplace_back(std::move(made));
}

void Live::drop_unused() {
  std::erase_if(ways, [this](const Way& way) {
    const bool used =
        way.given_out || std::ranges::any_of(origins, [&](const auto& origin) { return origin.second.way == &way; });
    if (!used && way.dispatcher) missed_before += way.dispatcher->missed();
    return !used;
  });
}

}  // namespace sonda
