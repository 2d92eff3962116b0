// Nothing in this loop ever changes.
BPF_ARRAY(table, u64, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *lock = table.lookup(&zero);
  if (!lock) return 0;
  while (*(volatile u64 *)lock != 0) {  // refused here: endless
  }
  return 0;
}
// suggested: make line 8: for (int tries = 0; tries < 100 && (*(volatile u64 *)lock != 0); tries++) {
