// many_programs COUNT COMMAND ARG...: runs a command while COUNT programs, each with a map that is half full, are in
// the kernel, and prints on one line what share of a CPU it took, in percent, and its peak of resident memory in
// kilobytes.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "sonda/fd.h"

namespace {

using sonda::UniqueFd;

constexpr int entries = 1000;

/// A hash of which every second entry is there; empty if the kernel refuses.
UniqueFd make_map() {
  UniqueFd map(::bpf_map_create(BPF_MAP_TYPE_HASH, "many", 4, 8, entries, nullptr));
  for (std::uint32_t key = 0; map && key < entries / 2; ++key) {
    const std::uint64_t value = key;
    ::bpf_map_update_elem(map.get(), &key, &value, BPF_ANY);
  }
  return map;
}

/// Looks its map up and ends.
UniqueFd make_program(int map) {
  const auto insn = [](int code, int to, int from, int immediate) {
    bpf_insn result{};
    result.code = static_cast<__u8>(code);
    result.dst_reg = static_cast<__u8>(to & 15);
    result.src_reg = static_cast<__u8>(from & 15);
    result.imm = immediate;
    return result;
  };
  const std::array code{insn(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, map), bpf_insn{},
                        insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0), insn(BPF_JMP | BPF_EXIT, 0, 0, 0)};
  return UniqueFd(
      ::bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "many_programs", "GPL", code.data(), code.size(), nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 2 ? std::atoi(argv[1]) : 0;
  std::vector<UniqueFd> held;
  for (int i = 0; i < count; ++i) {
    held.push_back(make_map());
    held.push_back(make_program(held.back().get()));
    if (held.back()) continue;
    std::perror("many_programs");
    return 1;
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const auto start = std::chrono::steady_clock::now();
  if (argc < 3 || ::posix_spawnp(&pid, argv[2], &actions, nullptr, argv + 2, environ) != 0) return 2;
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  std::printf("%.2f %ld\n", 100 * (seconds(usage.ru_utime) + seconds(usage.ru_stime)) / took.count(), usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
