// A key that only one branch sets.
BPF_HASH(counts, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 kind;
  if (PT_REGS_PARM1(ctx) > 7) bpf_probe_read_kernel(&kind, sizeof(kind), (void *)PT_REGS_PARM2(ctx));
  u64 *count = counts.lookup(&kind);  // refused here: stack_unset (before 6.1)
  if (count) (*count)++;
  return 0;
}
// suggested: make line 5: u32 kind = 0;
