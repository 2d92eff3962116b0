// A table of constants, and a value that may be larger than it is.
static const u32 weights[4] = {3, 1, 4, 1};
BPF_HISTOGRAM(seen);

int on_call(struct pt_regs *ctx) {
  u64 kind = PT_REGS_PARM1(ctx);
  seen.increment(weights[kind]);  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 7: if (kind >= 4) return 0;
