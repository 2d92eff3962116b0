// An index into a global array that nobody asks for.
static u64 hits[32];

int on_call(struct pt_regs *ctx) {
  u64 i = PT_REGS_PARM1(ctx);
  hits[i]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 6: if (i >= 32) return 0;
