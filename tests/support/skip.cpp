#include "support/skip.h"

#include <linux/bpf.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "sonda/fd.h"
#include "support/catch.h"

namespace sonda::test {
namespace {

bool skipped = false;

bool opens(long fd) {
  if (fd < 0) return false;
  ::close(static_cast<int>(fd));
  return true;
}

}  // namespace

void skip(const std::string& capability) {
  if (std::getenv("SONDA_NO_SKIP") != nullptr) FAIL("skips are failures here, and this machine lacks: " << capability);
  std::cout << "skipped: needs " << capability << '\n';
  skipped = true;
}

bool any_skipped() { return skipped; }

bool can_load_bpf() {
  static const bool can = [] {
    bpf_insn program[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
                          {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    // Before Linux 5.11 programs count as locked memory; libbpf raises this limit by itself.
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_KPROBE;
    attributes.insns = reinterpret_cast<std::uintptr_t>(program);
    attributes.insn_cnt = 2;
    attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
    return opens(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
  }();
  return can;
}

bool can_kprobe() { return std::filesystem::exists("/sys/bus/event_source/devices/kprobe/type"); }

bool can_open_perf() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_PAGE_FAULTS_MIN;
  return opens(::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

bool can_watch() {
  static const bool can = [] {
    static volatile std::uint64_t watched = 0;
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_BREAKPOINT;
    attributes.bp_type = HW_BREAKPOINT_W;
    attributes.bp_addr = reinterpret_cast<std::uintptr_t>(&watched);
    attributes.bp_len = HW_BREAKPOINT_LEN_8;
    attributes.exclude_kernel = 1;
    const long opened = ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    const UniqueFd event(static_cast<int>(opened));
    constexpr std::uint64_t writes = 3;
    for (std::uint64_t i = 0; i < writes; ++i) watched = i;
    std::uint64_t noticed = 0;
    return event && ::read(event.get(), &noticed, sizeof noticed) == sizeof noticed && noticed == writes;
  }();
  return can;
}

}  // namespace sonda::test
