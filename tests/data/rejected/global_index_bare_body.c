// The statement is the body of a branch without braces.
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  u64 i = PT_REGS_PARM1(ctx);
  if (PT_REGS_PARM2(ctx) > 4)
    hits[i]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: make line 7: { u64 at = i; if (at < 16) hits[at]++; }
