// The bound is on another variable.
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  u64 from = PT_REGS_PARM1(ctx);
  u64 to = PT_REGS_PARM2(ctx);
  if (from >= 16) return 0;
  hits[to] += from;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 8: if (to >= 16) return 0;
