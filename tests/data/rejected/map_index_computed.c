// What is used is more than what was asked for.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u64 number = PT_REGS_PARM1(ctx);
  if (number >= 16) return 0;
  slots->count[number + 1]++;  // refused here: map_value_max (on 6.18)
  return 0;
}
// suggested: before line 13: if (number + 1 >= 16) return 0;
