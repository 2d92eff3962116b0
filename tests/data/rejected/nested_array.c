// Two dimensions.
static u32 table[4][8];

int on_call(struct pt_regs *ctx) {
  u64 row = PT_REGS_PARM1(ctx);
  u64 column = PT_REGS_PARM2(ctx);
  if (row >= 4) return 0;
  table[row][column]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 8: if (column >= 8) return 0;
