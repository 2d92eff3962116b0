// <= where < is meant.
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  u64 i = PT_REGS_PARM1(ctx);
  if (i <= 16) hits[i]++;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: before line 6: if (i >= 16) return 0;
