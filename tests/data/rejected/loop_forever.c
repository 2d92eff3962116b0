// A loop without an end.
BPF_ARRAY(table, u64, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *state = table.lookup(&zero);
  if (!state) return 0;
  while (1) {  // refused here: endless
    if (*(volatile u64 *)state == 7) break;
  }
  return 0;
}
// suggested: make line 8: for (int tries = 0; tries < 100; tries++) {
