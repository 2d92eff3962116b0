// A signed index that is only bounded above.
static u32 hits[16];

int on_call(struct pt_regs *ctx) {
  int i = PT_REGS_PARM1(ctx);
  if (i < 16) hits[i] += 1;  // refused here: out_of_range (on 6.18)
  return 0;
}
// suggested: make line 5: u64 i = PT_REGS_PARM1(ctx);
