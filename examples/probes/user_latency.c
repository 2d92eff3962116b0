// A uprobe and a uretprobe on one function: how long it takes. Here bash's own cd.
//
// The time of entry waits in a map, under the thread's id, for the return of the same thread.
#include <uapi/linux/ptrace.h>

BPF_HASH(started, u32, u64);
BPF_HISTOGRAM(microseconds);

// @attach uprobe:bash:cd_builtin
int on_entry(struct pt_regs *ctx) {
  u32 thread = bpf_get_current_pid_tgid();
  u64 now = bpf_ktime_get_ns();
  started.update(&thread, &now);
  return 0;
}

// @attach uretprobe:bash:cd_builtin
int on_return(struct pt_regs *ctx) {
  u32 thread = bpf_get_current_pid_tgid();
  u64 *since = started.lookup(&thread);
  if (!since) return 0; // it was inside when we came
  microseconds.increment(bpf_log2l((bpf_ktime_get_ns() - *since) / 1000));
  started.delete(&thread);
  return 0;
}
