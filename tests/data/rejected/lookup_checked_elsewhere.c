// Two lookups; the first is checked, the second is not.
BPF_HASH(began, u64, u64);
BPF_HASH(limits, u32, u64);

int on_return(struct pt_regs *ctx) {
  u64 thread = bpf_get_current_pid_tgid();
  u64 *start = began.lookup(&thread);
  if (!start) return 0;
  u64 took = bpf_ktime_get_ns() - *start;
  u32 process = thread >> 32;
  u64 *limit = limits.lookup(&process);
  if (took > *limit)  // refused here: unchecked_lookup
    began.delete(&thread);
  return 0;
}
// suggested: after line 11: if (!limit) return 0;
