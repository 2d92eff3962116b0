// A 16-bit index into 16 slots.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u16 number = PT_REGS_PARM1(ctx);
  slots->count[number]++;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: make line 12: { u64 at = number; if (at < 16) slots->count[at]++; }
