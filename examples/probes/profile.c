// profile: runs on every CPU so many times a second, and sees what is running there. 99 times, and not 100, so as not to
// keep step with what itself runs 100 times a second. Counts the stacks: what a flame graph is made of.
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>
#include <uapi/linux/ptrace.h>

struct sample {
  u32 pid;
  int kernel_stack, user_stack;  // negative: there is none
  char comm[TASK_COMM_LEN];
};

BPF_HASH(samples, struct sample, u64);
BPF_STACK_TRACE(stacks, 10240);

// @attach profile:hz:99
// @show samples.kernel_stack as stack
// @show samples.user_stack as stack
int on_sample(struct bpf_perf_event_data *ctx) {
  struct sample sample = {.pid = bpf_get_current_pid_tgid() >> 32};
  if (sample.pid == 0) return 0;  // idle
  sample.kernel_stack = stacks.get_stackid(&ctx->regs, 0);
  sample.user_stack = stacks.get_stackid(&ctx->regs, BPF_F_USER_STACK);
  bpf_get_current_comm(sample.comm, sizeof(sample.comm));
  samples.increment(sample);
  return 0;
}
