// kretprobe: runs when a function of the kernel returns, and sees what. With a kprobe at its entry: how long each call of
// vfs_read took, as a histogram of powers of two of nanoseconds, and how many failed.
#include <uapi/linux/ptrace.h>

BPF_HASH(started, u32, u64);  // by thread
BPF_HISTOGRAM(nanoseconds);
BPF_ARRAY(failed, u64, 1);

// BCC attaches a function by such a name: kprobe__FUNCTION, kretprobe__FUNCTION.
int kprobe__vfs_read(struct pt_regs *ctx) {
  u32 thread = bpf_get_current_pid_tgid();
  u64 now = bpf_ktime_get_ns();
  started.update(&thread, &now);
  return 0;
}

int kretprobe__vfs_read(struct pt_regs *ctx) {
  u32 thread = bpf_get_current_pid_tgid();
  u64 *begun = started.lookup(&thread);
  if (!begun) return 0;  // it was under way when we came
  nanoseconds.increment(bpf_log2l(bpf_ktime_get_ns() - *begun));
  started.delete(&thread);
  if ((long)PT_REGS_RC(ctx) < 0) failed.increment(0);
  return 0;
}
