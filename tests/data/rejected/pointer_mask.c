// The page that an address is in: not for the program's own pointers.
BPF_ARRAY(table, u64, 4);
BPF_HASH(pages, u64, u64);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  u64 *value = table.lookup(&zero);
  if (!value) return 0;
  u64 page = (u64)value & ~0xfffUL;  // refused here: pointer_mask
  pages.increment(page);
  return 0;
}
