// 16 bits are fewer than 32, and more than the array has.
static u64 hits[256];

int on_call(struct pt_regs *ctx) {
  u16 port = PT_REGS_PARM2(ctx);
  hits[port]++;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: make line 6: { u64 at = port; if (at < 256) hits[at]++; }
