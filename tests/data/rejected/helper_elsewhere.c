// A helper that reads packets, in a probe that has none.
int on_call(struct pt_regs *ctx) {
  u32 word = 0;
  bpf_skb_load_bytes((void *)ctx, 0, &word, sizeof(word));  // refused here: helper_unknown_here (before 6.12), // refused here: helper_not_here (from 6.12)
  return 0;
}
