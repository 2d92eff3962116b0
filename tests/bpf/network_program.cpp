#include "bpf/network_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "bpf/hand_made.h"
#include "sonda/link.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

UniqueFd create_map() {
  UniqueFd map(::bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "runs", 4, 8, 1, nullptr));
  if (!map) throw system_error(Stage::load, "runs", "cannot create the map", errno);
  return map;
}

Program load(const ProgramKind& kind, int map, int answer) {
  const std::vector<bpf_insn> code{store(10, -4, 0),
                                   copy(2, 10),
                                   add(2, -4),
                                   insn(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map),
                                   insn(0, 0, 0, 0, 0),
                                   call(BPF_FUNC_map_lookup_elem),
                                   if_zero(0, 2),
                                   set(1, 1),
                                   insn(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
                                   set(0, answer),
                                   leave()};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = static_cast<bpf_attach_type>(kind.attach_type);
  UniqueFd fd(::bpf_prog_load(kind.type, "answering", "GPL", code.data(), code.size(), &options));
  if (!fd) throw system_error(Stage::load, "answering", "cannot load the program", errno);
  return {"answering", kind, std::move(fd)};
}

}  // namespace

AnsweringProgram::AnsweringProgram(const AttachPoint& point, int answer)
    : map_(create_map()), program_(load(program_kind(point), map_.get(), answer)) {}

std::uint64_t AnsweringProgram::count() const {
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
  const std::uint32_t key = 0;
  if (::bpf_map_lookup_elem(map_.get(), &key, per_cpu.data()) != 0)
    throw system_error(Stage::read, "runs", "cannot read the map", errno);
  return std::accumulate(per_cpu.begin(), per_cpu.end(), std::uint64_t{0});
}

std::uint64_t AnsweringProgram::wait_for(std::uint64_t runs) const {
  for (int i = 0; i < patience_ms() && count() < runs; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return count();
}

std::uint32_t AnsweringProgram::id() const {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (::bpf_obj_get_info_by_fd(program_.fd(), &info, &size) != 0)
    throw system_error(Stage::read, "answering", "cannot ask for the program", errno);
  return info.id;
}

}  // namespace sonda::test
