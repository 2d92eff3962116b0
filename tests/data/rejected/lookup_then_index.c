// A lookup that is not asked about, and an index into what it finds.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 number = PT_REGS_PARM1(ctx);
  struct slots *slots = table.lookup(&zero);
  slots->count[number]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 11: if (number >= 16) return 0;
