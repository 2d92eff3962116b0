// The index is used in a function that the compiler puts into its caller.
static u64 hits[16];

static inline void count(u32 kind) {
  hits[kind]++;  // refused here: unbounded (on 6.18)
}

int on_call(struct pt_regs *ctx) {
  u32 kind = PT_REGS_PARM1(ctx);
  count(kind);
  return 0;
}
// suggested: before line 5: asm volatile("" : "+r"(kind)); if (kind >= 16) return;
