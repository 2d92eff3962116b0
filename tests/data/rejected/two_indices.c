// Two indices on one line, into arrays of different lengths.
struct slots {
  u64 from[8];
  u64 to[16];
};
BPF_PERCPU_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u64 a = PT_REGS_PARM1(ctx);
  u64 b = PT_REGS_PARM2(ctx);
  slots->to[b] += slots->from[a];  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 14: if (b >= 16) return 0; if (a >= 8) return 0;
