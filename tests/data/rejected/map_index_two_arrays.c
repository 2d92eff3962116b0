// Two arrays of different lengths; the bound is that of the longer one.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);
static u64 wide[32];

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u64 number = PT_REGS_PARM1(ctx);
  if (number >= 32) return 0;
  wide[number]++;
  slots->count[number]++;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: before line 15: asm volatile("" : "+r"(number)); if (number >= 16) return 0;
