// A loop whose end is too far away.
BPF_ARRAY(table, u64, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *sum = table.lookup(&zero);
  if (!sum) return 0;
  for (u32 i = 0; i < 10000000; i++) {  // refused here: too_large
    *(volatile u64 *)sum += i;
  }
  return 0;
}
