// Kernel tracing beyond single functions: patterns, programs with types, hooks, iterators, timers. Each is counted
// where the kernel has it, and refused with what to use instead where not.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "bpf/attach_support.h"
#include "kernel/kernel.h"
#include "support/patience.h"
#include "support/scratch.h"

namespace sonda::test {
namespace {

constexpr int many = 503;

// Passes the tracepoint task:task_rename and calls __set_task_comm.
void rename_this_thread(int times) {
  for (int i = 0; i < times; ++i) ::prctl(PR_SET_NAME, "attach_test");
}

void ask_for_parent(int times) {
  for (int i = 0; i < times; ++i) ::syscall(SYS_getppid);
}

void open_files(int times) {
  for (int i = 0; i < times; ++i) UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/// Counts what `action(N)` does N times in this process, exactly and until it is detached; the number of places.
std::size_t check_counts(const AttachPoint& point, void (*action)(int)) {
  INFO(to_string(point));
  const CountingProgram program(program_kind(point), ::getpid());
  action(5);
  auto link = attach(program.program(), point);
  const auto before = program.count();
  action(many);
  CHECK(program.count() - before == many);
  CHECK(link.attached());
  link.detach();
  const auto after = program.count();
  action(5);
  CHECK(program.count() == after);
  return link.places();
}

/// Whether the kernel takes programs that run in trampolines: fentry, fexit, lsm.
bool can_trampoline() {
  try {
    const CountingProgram program(program_kind(Fentry{"__set_task_comm"}));
    return true;
  } catch (const Error&) {
    return false;
  }
}

Kprobe kprobe(std::string name, bool on_return = false) {
  return {.place = Symbol{std::move(name)}, .on_return = on_return};
}

}  // namespace

TEST_CASE("a kprobe on a system call is at the running kernel's function for it") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  for (const char* name : {"sys_getppid", "__x64_sys_getppid", "__arm64_sys_getppid"}) {
    CHECK(check_counts(kprobe(name), ask_for_parent) == 1);
    CHECK(check_counts(kprobe(name, true), ask_for_parent) == 1);
  }
  CHECK_THAT(attach_error(kprobe("sys_no_such_call")).cause(), Contains("no function 'sys_no_such_call'"));
}

TEST_CASE("a kprobe inside a function is at an instruction, or refused") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  int taken = 0, refused = 0;
  for (std::uint64_t offset = 1; offset <= 12; ++offset) {
    const Kprobe point{.place = Symbol{"__x64_sys_getppid", offset}};
    const CountingProgram program(BPF_PROG_TYPE_KPROBE, ::getpid());
    try {
      const auto link = attach(program.program(), point);
      ask_for_parent(many);
      CHECK(program.count() == many);
      ++taken;
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.cause().find("inside an instruction") != std::string::npos);
      ++refused;
    }
  }
  CHECK(taken > 0);
  CHECK(refused > 0);
}

TEST_CASE("a kprobe by pattern is at every function that matches") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  for (const bool on_return : {false, true}) {
    CHECK(check_counts(kprobe("__x64_sys_getppi?", on_return), ask_for_parent) == 1);
    CHECK(check_counts(kprobe("sys_getppi?", on_return), ask_for_parent) == 1);
    CHECK(check_counts(kprobe("__x64_sys_getp[gp]*", on_return), ask_for_parent) >= 3);  // getpgid, getpgrp, getppid
  }
}

TEST_CASE("a kprobe by pattern says how many functions it is at and how many it passed over") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto point = kprobe("vfs_*");
  const CountingProgram program(program_kind(point), ::getpid());
  const auto link = attach(program.program(), point);
  CHECK(link.places() >= 20);
  CHECK(link.skipped() < link.places());
  char byte = 0;
  const UniqueFd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const auto before = program.count();
  for (int i = 0; i < many; ++i) REQUIRE(::read(zero.get(), &byte, 1) == 1);
  CHECK(program.count() - before >= many);
}

TEST_CASE("a kprobe by pattern that no function matches, or none that can be probed, is refused") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto error = attach_error(kprobe("vfs_raed*"));
  CHECK_THAT(error.cause(), Contains("no function"));
  CHECK_THAT(error.hint(), Contains("vfs_read"));
  // Not open to tracing: what a probe itself runs into.
  CHECK_THAT(attach_error(kprobe("asm_exc_int?")).cause(), Contains("can be probed"));
}

TEST_CASE("a kprobe by too wide a pattern is refused by a kernel that attaches them one by one") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto point = kprobe("s*");
  SONDA_NEED(program_kind(point).attach_type == 0, "a kernel without CONFIG_FPROBE");
  const auto error = attach_error(point);
  CHECK_THAT(error.cause(), Contains("at most 500"));
  CHECK_THAT(error.hint(), Contains("CONFIG_FPROBE"));
}

TEST_CASE("many kprobes are attached in one call where the kernel has that") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto kind = program_kind(kprobe("vfs_*"));
  SONDA_NEED(kind.attach_type != 0, "a kernel with CONFIG_FPROBE, 5.18 or later");
  CHECK(kind == ProgramKind(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI));
  CHECK(program_kind(kprobe("vfs_read")).attach_type == 0);
}

TEST_CASE("patterns of kprobes are refused by a kernel without kprobes") {
  SONDA_NEED_BPF();
  SONDA_NEED(!can_kprobe(), "a kernel without kprobes");
  const auto error = attach_error(kprobe("vfs_*"));
  CHECK_THAT(error.cause(), Contains("CONFIG_KPROBES"));
  CHECK(error.exit() == Exit::cannot_run);
}

TEST_CASE("fentry and fexit count every call") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_trampoline(), "a kernel that takes fentry programs");
  CHECK(check_counts(Fentry{"__set_task_comm"}, rename_this_thread) == 1);
  CHECK(check_counts(Fentry{"__set_task_comm", true}, rename_this_thread) == 1);
}

TEST_CASE("a kernel that takes no fentry programs is said to, with what to use instead") {
  SONDA_NEED_BPF();
  SONDA_NEED(!can_trampoline(), "a kernel that takes no fentry programs");
  for (const AttachPoint& point : {AttachPoint(Fentry{"__set_task_comm"}), AttachPoint(Fentry{"__set_task_comm", true}),
                                   AttachPoint(Lsm{"file_open"})}) {
    const auto error = attach_error(point);
    CHECK_THAT(error.cause(), Contains("trampolines"));
    CHECK_THAT(error.hint(), Contains("kprobe") || Contains("tracepoint:"));
    CHECK(error.exit() == Exit::cannot_run);
  }
}

TEST_CASE("functions, hooks, iterators and tracepoints that the kernel's types lack are named, with what is near") {
  SONDA_NEED_BPF();
  const auto function = attach_error(Fentry{"__set_task_com"});
  CHECK_THAT(function.cause(), Contains("no function '__set_task_com'"));
  CHECK_THAT(function.hint(), Contains("__set_task_comm"));
  CHECK_THAT(attach_error(Fentry{"f", false, "no_such_module"}).cause(), Contains("no module 'no_such_module'"));
  const auto hook = attach_error(Lsm{"file_opne"});
  CHECK_THAT(hook.cause(), Contains("no hook of security modules 'file_opne'"));
  CHECK_THAT(hook.hint(), Contains("file_open"));
  const auto iterator = attach_error(Iterator{"no such thing"});
  CHECK_THAT(iterator.cause(), Contains("no iterator"));
  CHECK_THAT(iterator.hint(), Contains("task_file"));
  const auto tracepoint = attach_error(BtfTracepoint{"task_renam"});
  CHECK_THAT(tracepoint.cause(), Contains("no tracepoint 'task_renam'"));
  CHECK_THAT(tracepoint.hint(), Contains("task_rename"));
}

TEST_CASE("fentry finds the functions of modules") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_trampoline(), "a kernel that takes fentry programs");
  SONDA_NEED(std::filesystem::exists("/sys/kernel/btf/overlay"), "the kernel module 'overlay', with its types");
  for (const char* module : {"overlay", ""}) {
    const Fentry point{"ovl_permission", false, module};
    const CountingProgram program(program_kind(point), ::getpid());
    const auto link = attach(program.program(), point);
    UniqueFd(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    CHECK(program.count() > 0);
  }
  CHECK_THAT(attach_error(Fentry{"ovl_permissio", false, "overlay"}).hint(), Contains("ovl_permission"));
  // As BCC's names for functions may be meant: no module "vfs", a function with underscores.
  CHECK(program_kind(Fentry{"set_task_comm", false, ""}).target == "set_task_comm");
}

TEST_CASE("an lsm program runs at its hook") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_trampoline(), "a kernel that takes lsm programs");
  const auto active = security_modules();
  REQUIRE(active);
  SONDA_NEED(std::ranges::find(*active, "bpf") != active->end(), "a kernel booted with 'bpf' among its lsm=");
  CHECK(check_counts(Lsm{"file_open"}, open_files) == 1);
}

TEST_CASE("a tracepoint with types counts every pass") {
  SONDA_NEED_BPF();
  CHECK(check_counts(BtfTracepoint{"task_rename"}, rename_this_thread) == 1);
}

TEST_CASE("an iterator runs the program over all objects, each time it is read") {
  SONDA_NEED_BPF();
  const CountingProgram program(program_kind(Iterator{"task"}));
  auto link = attach(program.program(), Iterator{"task"});
  CHECK(program.count() == 0);
  CHECK(link.read_iterator().empty());
  const auto first = program.count();
  CHECK(first > 2);  // this process, init, and the end
  CHECK(link.read_iterator().empty());
  CHECK(program.count() > first);
  link.detach();
  CHECK_THROWS_AS(link.read_iterator(), Error);
}

TEST_CASE("only an iterator can be read as one, and one over a map needs the map") {
  SONDA_NEED_BPF();
  const CountingProgram program(BPF_PROG_TYPE_RAW_TRACEPOINT, ::getpid());
  const auto link = attach(program.program(), RawTracepoint{"task_rename"});
  CHECK_THROWS_AS(link.read_iterator(), Error);
  const auto refusal = attach_error(Iterator{"bpf_map_elem"});
  SONDA_NEED(!Contains("Operation not permitted").match(refusal.cause()), "a kernel that takes iterators over maps");
  CHECK_THAT(refusal.cause(), Contains("given map"));
}

TEST_CASE("tracepoints by pattern are all attached") {
  SONDA_NEED_BPF();
  CHECK(check_counts(Tracepoint{"syscalls", "sys_enter_getppi?"}, ask_for_parent) == 1);
  CHECK(check_counts(Tracepoint{"syscalls", "sys_enter_getp*"}, ask_for_parent) >= 3);
  CHECK(check_counts(Tracepoint{"tas?", "*_rename"}, rename_this_thread) == 1);
}

TEST_CASE("more tracepoints are attached than the process may have files open at first") {
  SONDA_NEED_BPF();
  CHECK(exit_of_child([] {
          const Tracepoint point{"syscalls", "sys_enter_get*"};
          const CountingProgram program(program_kind(point), ::getpid());
          rlimit limit{};
          if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
          limit.rlim_cur = 25;
          if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 3;
          const auto link = attach(program.program(), point);
          ask_for_parent(many);
          return link.places() > 20 && program.count() >= many ? 0 : 1;
        }) == 0);
}

TEST_CASE("tracepoints by pattern of which there are none are refused, with what is near") {
  SONDA_NEED_BPF();
  const auto name = attach_error(Tracepoint{"syscalls", "sys_enter_opneat*"});
  CHECK_THAT(name.cause(), Contains("no tracepoint"));
  CHECK_THAT(name.hint(), Contains("sys_enter_openat"));
  CHECK_THAT(attach_error(Tracepoint{"no_such*", "*"}).hint(), Contains("sched"));
  CHECK_THAT(attach_error(Tracepoint{"shced", "*"}).hint(), Contains("'sched'"));
}

TEST_CASE("an interval runs the program until it is detached") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const Interval point{10'000'000};
  const CountingProgram program(program_kind(point));
  auto link = attach(program.program(), point);
  CHECK(link.places() == 1);
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (program.count() < 3 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(program.count() >= 3);
  link.detach();
  const auto after = program.count();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(program.count() == after);
  CHECK_THAT(attach_error(Interval{9'999}).cause(), Contains("no finer than"));
}

}  // namespace sonda::test
