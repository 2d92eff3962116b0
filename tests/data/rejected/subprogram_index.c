// In a function of its own, which the compiler does not put into its caller.
static u64 hits[16];

__attribute__((noinline)) static int count(u64 kind) {
  hits[kind]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}

int on_call(struct pt_regs *ctx) {
  return count(PT_REGS_PARM1(ctx));
}
// suggested: before line 5: if (kind >= 16) return 0;
