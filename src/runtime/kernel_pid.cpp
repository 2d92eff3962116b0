#include "runtime/kernel_pid.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "image/instructions.h"
#include "kernel/libbpf.h"
#include "kernel/privilege.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

/// Bytes from the start of struct task_struct to a member of its own.
std::optional<std::int16_t> task_offset(const btf& types, std::string_view member) {
  const int id = btf__find_by_name_kind(&types, "task_struct", BTF_KIND_STRUCT);
  if (id < 0) return std::nullopt;
  const auto* task = btf__type_by_id(&types, static_cast<std::uint32_t>(id));
  for (std::uint32_t i = 0; i < btf_vlen(task); ++i)
    if (member == btf__name_by_offset(&types, btf_members(task)[i].name_off))
      return static_cast<std::int16_t>(btf_member_bit_offset(task, i) / 8);
  return std::nullopt;
}

/// Writes the kernel's id of each task that it is run for: struct bpf_iter__task has what is written to, then the task.
UniqueFd load_teller(const btf& types) {
  const auto pid = task_offset(types, "pid");
  const int target = btf__find_by_name_kind(&types, "bpf_iter_task", BTF_KIND_FUNC);
  if (!pid || target < 0) return {};
  constexpr int load = BPF_LDX | BPF_MEM, store = BPF_STX | BPF_MEM, move = BPF_ALU64 | BPF_MOV;
  const std::array code{make_instruction(load | BPF_DW, BPF_REG_2, BPF_REG_1, 8, 0),
                        make_instruction(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 8, 0),
                        make_instruction(load | BPF_W, BPF_REG_3, BPF_REG_2, *pid, 0),
                        make_instruction(store | BPF_W, BPF_REG_10, BPF_REG_3, -4, 0),
                        make_instruction(load | BPF_DW, BPF_REG_1, BPF_REG_1, 0, 0),
                        make_instruction(load | BPF_DW, BPF_REG_1, BPF_REG_1, 0, 0),
                        make_instruction(move | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
                        make_instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
                        make_instruction(move | BPF_K, BPF_REG_3, 0, 0, sizeof(pid_t)),
                        make_instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write),
                        make_instruction(move | BPF_K, BPF_REG_0, 0, 0, 0),
                        make_instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_ITER;
  options.attach_btf_id = static_cast<__u32>(target);
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_TRACING, "sonda_pid", "GPL", code.data(), code.size(), &options));
}

}  // namespace

std::optional<pid_t> kernel_pid(pid_t pid) {
  if (in_first_pid_namespace().value_or(true)) return pid;
  const QuietLibbpf quiet;
  const BtfPointer types(btf__load_vmlinux_btf());
  const auto teller = types ? load_teller(*types) : UniqueFd();
  if (!teller) return std::nullopt;
  bpf_iter_link_info only{};
  only.task.tid = static_cast<__u32>(pid);
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.iter_info = &only;
  options.iter_info_len = sizeof only;
  const UniqueFd link(bpf_link_create(teller.get(), 0, BPF_TRACE_ITER, &options));
  const UniqueFd reading(link ? bpf_iter_create(link.get()) : -1);
  pid_t told = 0;
  if (!reading || ::read(reading.get(), &told, sizeof told) != sizeof told) return std::nullopt;
  return told;
}

}  // namespace sonda
