// A lookup in a loop, used without asking.
BPF_ARRAY(totals, u64, 4);
BPF_HISTOGRAM(sums);

int on_call(struct pt_regs *ctx) {
  u64 sum = 0;
  for (u32 i = 0; i < 4; i++) {
    u32 key = i;
    u64 *total = totals.lookup(&key);
    sum += *total;  // refused here: unchecked_lookup
  }
  sums.increment(bpf_log2l(sum));
  return 0;
}
// suggested: after line 9: if (!total) return 0;
