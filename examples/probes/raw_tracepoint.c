// rawtracepoint: a tracepoint without the work of putting its fields in order: `ctx->args` are what the kernel gave it, to
// be read with bpf_probe_read_kernel. Counts the signals that are sent, by number and by the process that they go to.
#include <linux/sched.h>

struct signal {
  u32 number;
  u32 to;
};

BPF_HASH(signals, struct signal, u64);

// BCC's way: RAW_TRACEPOINT_PROBE(NAME). The arguments are those of the kernel's TP_PROTO: here
// int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result.
RAW_TRACEPOINT_PROBE(signal_generate) {
  struct task_struct *task = (struct task_struct *)ctx->args[2];
  struct signal signal = {.number = ctx->args[0]};
  bpf_probe_read_kernel(&signal.to, sizeof(signal.to), &task->tgid);
  signals.increment(signal);
  return 0;
}
