// The result of a lookup, used as if the key were always there.
BPF_HASH(began, u64, u64);
BPF_HISTOGRAM(took);

int on_return(struct pt_regs *ctx) {
  u64 thread = bpf_get_current_pid_tgid();
  u64 *start = began.lookup(&thread);
  u64 now = bpf_ktime_get_ns();
  took.increment(bpf_log2l(now - *start));  // refused here: unchecked_lookup
  return 0;
}
// suggested: after line 7: if (!start) return 0;
