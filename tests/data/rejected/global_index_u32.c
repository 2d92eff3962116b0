// A global array; the compiler asks one copy of a 32-bit index, and uses another.
static u32 hits[16];

int on_call(struct pt_regs *ctx) {
  u32 i = (u32)PT_REGS_PARM1(ctx);
  if (i < 16) hits[i] += 1;  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: make line 5: u64 i = (u32)PT_REGS_PARM1(ctx);
