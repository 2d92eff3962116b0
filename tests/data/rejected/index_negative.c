// A signed index is bounded above, not below.
struct slots {
  u64 count[64];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  s64 number = PT_REGS_PARM1(ctx);
  if (number < 64) slots->count[number]++;  // refused here: unbounded_math
  return 0;
}
// suggested: before line 12: if (number < 0 || number >= 64) return 0;
