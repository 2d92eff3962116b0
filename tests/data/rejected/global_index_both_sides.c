// A signed index that is bounded on both sides, in another register.
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  int i = PT_REGS_PARM1(ctx);
  if (i < 0) return 0;
  if (i >= 16) return 0;
  hits[i]++;  // refused here: out_of_range (on 6.18)
  return 0;
}
// suggested: make line 5: s64 i = PT_REGS_PARM1(ctx);
