// An array on the stack, indexed by a signed number.
BPF_HISTOGRAM(values);

int on_call(struct pt_regs *ctx) {
  volatile u32 table[8] = {};
  int index = PT_REGS_PARM1(ctx);
  if (index >= 8) return 0;
  table[2] = 4;
  values.increment(table[index]);  // refused here: out_of_range (on 6.18)
  return 0;
}
// suggested: make line 6: u64 index = PT_REGS_PARM1(ctx);
