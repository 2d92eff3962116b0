// An array on the stack, and an index that may be anything.
BPF_HISTOGRAM(values);

int on_call(struct pt_regs *ctx) {
  volatile u32 table[8] = {};
  u64 index = PT_REGS_PARM1(ctx);
  table[1] = 8;
  values.increment(table[index]);  // refused here: stack_variable
  return 0;
}
// suggested: before line 8: if (index >= 8) return 0;
