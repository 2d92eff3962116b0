// A program array holds programs; there is nothing to look up.
BPF_PROG_ARRAY(next, 4);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u32 *slot = next.lookup(&zero);  // refused here: map_type
  if (slot) return 0;
  return 0;
}
