#include "compile/worker/rehearsal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "base/files.h"
#include "compile/protocol.h"
#include "compile/worker/compile_request.h"
#include "kernel/kernel.h"
#include "sonda/version.h"

namespace sonda {
namespace {

// Its maps are another probe's as far as libbcc knows: so it makes none.
constexpr const char* small_probe = R"(#include <uapi/linux/ptrace.h>
#include <linux/sched.h>
struct key {
  u32 pid;
  u64 cpu;
  char comm[16];
};
struct seen {
  u64 time;
  u32 pid, parent;
  char text[64];
};
BPF_TABLE("extern", struct key, u64, sonda_rehearsal_counts, 1024);
BPF_TABLE("extern", u64, struct seen, sonda_rehearsal_seen, 1024);
static __always_inline u64 later(u64 time) { return time * 3 + 1000; }
int on_enter(struct pt_regs *ctx, const char *text) {
  u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  struct key key = {.pid = id >> 32, .cpu = bpf_get_smp_processor_id()};
  struct seen seen = {.time = now, .pid = id >> 32, .parent = task->real_parent->tgid}, *before;
  bpf_get_current_comm(&key.comm, sizeof key.comm);
  bpf_probe_read_user_str(seen.text, sizeof seen.text, text);
  sonda_rehearsal_counts.increment(key);
  before = sonda_rehearsal_seen.lookup(&id);
  if (before && now > later(before->time)) seen.time = before->time;
  sonda_rehearsal_seen.update(&id, &seen);
  return 0;
}
int on_return(struct pt_regs *ctx) {
  u64 id = bpf_get_current_pid_tgid();
  struct seen *seen = sonda_rehearsal_seen.lookup(&id);
  if (!seen) return 0;
  for (int i = 0; i < 8; ++i)
    if (PT_REGS_RC(ctx) == i) seen->text[i] = i;
  sonda_rehearsal_seen.delete(&id);
  return 0;
}
)";

MapSpec map_of(const std::string& name, std::uint32_t key_size, std::uint32_t value_size) {
  return {.name = name, .type = BPF_MAP_TYPE_HASH, .key_size = key_size, .value_size = value_size, .max_entries = 1024};
}

void forget_what_was_printed() {
  std::cout.flush();
  std::fflush(stdout);
  std::fflush(stderr);
  if (::ftruncate(STDERR_FILENO, 0) == 0) ::lseek(STDERR_FILENO, 0, SEEK_SET);
}

}  // namespace

void rehearse(const std::string& cache) {
  try {
    const TemporaryFolder folder;
    CompileRequest request{.headers = has_btf() ? Headers::btf : Headers::kernel,
                           .exported = {map_of("sonda_rehearsal_counts", 32, 8), map_of("sonda_rehearsal_seen", 8, 80)},
                           .folder = folder.path().string(),
                           .cache = cache};
    request.key.probe = "rehearsal";
    request.key.source = small_probe;
    request.key.kernel = kernel_identity();
    request.key.sonda = fmt::format("{} rehearsal", version);
    compile_request(request, [](const Error&) { ::_exit(1); }, Text::ours);
  } catch (const std::exception&) {  // the compile that counts has its own say
  }
  forget_what_was_printed();
}

}  // namespace sonda
