// loads as: kprobe
BPF_ARRAY(counts, u64, 32);
BPF_ARRAY(defaults);
int f(struct pt_regs *ctx) {
  int index = 3;
  u64 value = 1;
  counts.increment(index);
  counts.atomic_increment(index);
  defaults.update(&index, &value);
  u64 *count = counts.lookup(&index);
  return count ? *count : 0;
}
