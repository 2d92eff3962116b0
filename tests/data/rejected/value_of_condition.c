// A value that is not there, in the condition of a branch.
BPF_HASH(limits, u32, u64);
BPF_HASH(over, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *limit = limits.lookup(&process);
  if (PT_REGS_PARM3(ctx) > *limit)  // refused here: unchecked_lookup
    over.increment(process);
  return 0;
}
// suggested: after line 7: if (!limit) return 0;
