// kprobe by pattern: one program at every function whose name matches; in one call where the kernel has that (Linux 5.18
// and CONFIG_FPROBE), else one after the other. Counts calls of the file system's functions by their addresses.
#include <uapi/linux/ptrace.h>

BPF_HASH(calls, u64, u64);

// @attach kprobe:vfs_*
// @show calls.key as ksym
int on_call(struct pt_regs *ctx) {
  u64 function = PT_REGS_IP(ctx);
  calls.increment(function);
  return 0;
}
