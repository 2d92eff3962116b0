// A pointer into the context, moved along and then handed to a helper.
BPF_PERF_OUTPUT(events);

int on_call(struct pt_regs *ctx) {
  u64 now = bpf_ktime_get_ns();
  struct pt_regs *moved = (struct pt_regs *)((u64)ctx + 16);
  events.perf_submit(moved, &now, sizeof(now));  // refused here: context_moved
  return 0;
}
