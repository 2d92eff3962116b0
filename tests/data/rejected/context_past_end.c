// What the context does not have.
BPF_HASH(counts, u64, u64);

int on_call(struct pt_regs *ctx) {
  u64 *words = (u64 *)ctx;
  u64 word = words[80];  // refused here: context
  counts.increment(word);
  return 0;
}
