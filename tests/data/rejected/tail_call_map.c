// A tail call through a map that holds no programs.
BPF_HASH(counts, u32, u32);

int on_call(struct pt_regs *ctx) {
  counts.call(ctx, 1);  // refused here: tail_call_map
  return 0;
}
