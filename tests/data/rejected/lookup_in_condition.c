// One half of the condition uses what the other half asks about, the wrong way round.
BPF_HASH(counts, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *count = counts.lookup(&process);
  if (*count > 10 && count != 0) return 0;  // refused here: unchecked_lookup
  counts.increment(process);
  return 0;
}
// suggested: after line 6: if (!count) return 0;
