// An array on the stack, written at a place that only the traced program knows.
BPF_HISTOGRAM(values);

int on_call(struct pt_regs *ctx) {
  u32 table[8] = {};
  u32 index = PT_REGS_PARM1(ctx);
  table[index] = 4;  // refused here: stack_variable (on 6.18)
  values.increment(table[3]);
  return 0;
}
// suggested: make line 7: { u64 at = index; if (at < 8) table[at] = 4; }
