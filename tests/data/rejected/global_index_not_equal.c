// One value is excluded; all others above it are not.
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  u64 i = PT_REGS_PARM1(ctx);
  if (i != 16) {
    hits[i]++;  // refused here: unbounded_math (on 6.18)
  }
  return 0;
}
// suggested: before line 7: if (i >= 16) return 0;
