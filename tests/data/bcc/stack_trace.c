// loads as: perf_event
#include <uapi/linux/bpf_perf_event.h>
BPF_STACK_TRACE(stacks, 1024);
BPF_STACK_TRACE_BUILDID(build_ids, 128);
BPF_HASH(counts, int, u64, 100);
int f(struct bpf_perf_event_data *ctx) {
  int id = stacks.get_stackid(&ctx->regs, BPF_F_REUSE_STACKID);
  int user = build_ids.get_stackid(&ctx->regs, BPF_F_USER_STACK);
  counts.increment(id);
  return user;
}
