#include "bpf/counting_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <numeric>
#include <vector>

#include "attach/btf_target.h"
#include "sonda/error.h"

namespace sonda::test {
namespace {

bpf_insn insn(int code, int dst, int src, int off, std::int32_t imm) {
  bpf_insn one{};
  one.code = static_cast<__u8>(code);
  one.dst_reg = static_cast<__u8>(dst & 0xf);
  one.src_reg = static_cast<__u8>(src & 0xf);
  one.off = static_cast<__s16>(off);
  one.imm = imm;
  return one;
}

UniqueFd create_map() {
  UniqueFd map(::bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "runs", 4, 8, 1, nullptr));
  if (!map) throw system_error(Stage::load, "runs", "cannot create the map", errno);
  return map;
}

std::vector<bpf_insn> instructions(int map, std::optional<pid_t> process) {
  std::vector<bpf_insn> code;
  if (process) {
    constexpr int rest = 10;  // instructions between the jump and the end
    code = {insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid),
            insn(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32),
            insn(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, rest - 1, *process)};
  }
  const std::vector<bpf_insn> count{
      insn(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
      insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
      insn(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
      insn(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map), insn(0, 0, 0, 0, 0),
      insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem), insn(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0),
      insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1),
      // Atomic, as a program on a uprobe can be interrupted by another run on the same CPU.
      insn(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0, BPF_ADD),
      insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0), insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
  code.insert(code.end(), count.begin(), count.end());
  return code;
}

Program load(const ProgramKind& kind, int map, std::optional<pid_t> process) {
  const auto code = instructions(map, process);
  const auto target = find_btf_target(kind, "count_runs");
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = static_cast<bpf_attach_type>(kind.attach_type);
  options.attach_btf_id = target.type;
  if (target.module) options.attach_btf_obj_fd = static_cast<__u32>(target.module.get());
  UniqueFd fd(::bpf_prog_load(kind.type, "count_runs", "GPL", code.data(), code.size(), &options));
  const int why = errno;
  if (auto refusal = fd ? std::nullopt : refusal_of_kind(kind, "count_runs", why)) throw std::move(*refusal);
  if (!fd) throw system_error(Stage::load, "count_runs", "cannot load the program", why);
  return Program("count_runs", kind, std::move(fd));
}

}  // namespace

CountingProgram::CountingProgram(const ProgramKind& kind, std::optional<pid_t> process)
    : map_(create_map()), program_(load(kind, map_.get(), process)) {}

std::uint64_t CountingProgram::count() const {
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
  const std::uint32_t key = 0;
  if (::bpf_map_lookup_elem(map_.get(), &key, per_cpu.data()) != 0)
    throw system_error(Stage::read, "runs", "cannot read the map", errno);
  return std::accumulate(per_cpu.begin(), per_cpu.end(), std::uint64_t{0});
}

}  // namespace sonda::test
