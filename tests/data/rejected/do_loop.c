// A loop that asks at its end, of a value that nobody changes.
BPF_ARRAY(table, u64, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *lock = table.lookup(&zero);
  if (!lock) return 0;
  do {
    zero++;
  } while (*(volatile u64 *)lock != 0);  // refused here: endless
  return 0;
}
