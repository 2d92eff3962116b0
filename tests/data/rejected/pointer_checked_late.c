// The pointer is checked, after it was used.
BPF_HASH(began, u64, u64);
BPF_HISTOGRAM(took);

int on_return(struct pt_regs *ctx) {
  u64 thread = bpf_get_current_pid_tgid();
  u64 *start = began.lookup(&thread);
  u64 passed = bpf_ktime_get_ns() - *start;  // refused here: unchecked_lookup
  if (!start) return 0;
  took.increment(bpf_log2l(passed));
  return 0;
}
// suggested: after line 7: if (!start) return 0;
