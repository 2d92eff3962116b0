// A 32-bit index is asked for in the file, and lost by the compiler.
struct slots {
  u64 count[16];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u32 number = PT_REGS_PARM1(ctx);
  if (number > 15) return 0;
  slots->count[number]++;  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: make line 11: u64 number = PT_REGS_PARM1(ctx);
