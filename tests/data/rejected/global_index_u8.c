// A byte is less than 256; the array has 100.
static u64 hits[100];

int on_call(struct pt_regs *ctx) {
  u8 code = PT_REGS_PARM2(ctx);
  hits[code] += 1;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: make line 6: { u64 at = code; if (at < 100) hits[at] += 1; }
