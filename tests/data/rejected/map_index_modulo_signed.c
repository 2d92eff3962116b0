// The remainder of a signed division may be negative.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  s64 number = PT_REGS_PARM1(ctx);
  number = number > 16 ? 16 : number;
  slots->count[number]++;  // refused here: map_value (on 6.18)
  return 0;
}
// suggested: before line 13: if (number < 0 || number >= 16) return 0;
