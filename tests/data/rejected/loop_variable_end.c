// A loop that ends where the traced program says.
BPF_ARRAY(table, u64, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *sum = table.lookup(&zero);
  if (!sum) return 0;
  u64 turns = PT_REGS_PARM1(ctx);
  for (u64 i = 0; i < turns; i++) {  // refused here: too_large (on 6.18)
    *(volatile u64 *)sum += i;
  }
  return 0;
}
// suggested: make line 9: for (u64 i = 0; i < 100; i++) { asm volatile("" : "+r"(i)); if (!(i < turns)) break;
