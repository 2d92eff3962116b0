// The mask lets indices through that the array does not have.
struct slots {
  u64 count[8];
};
BPF_ARRAY(table, struct slots, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct slots *slots = table.lookup(&zero);
  if (!slots) return 0;
  u64 index = PT_REGS_PARM1(ctx) & 15;
  slots->count[index]++;  // refused here: map_value_max
  return 0;
}
// suggested: before line 12: if (index >= 8) return 0;
