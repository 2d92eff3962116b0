// A number where the address of a key belongs.
BPF_HASH(counts, u64, u64);

int on_call(struct pt_regs *ctx) {
  u64 *key = (u64 *)PT_REGS_PARM1(ctx);
  u64 *count = counts.lookup(key);  // refused here: argument
  if (count) *count += 1;
  return 0;
}
