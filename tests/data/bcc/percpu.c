// loads as: kprobe
BPF_PERCPU_HASH(hash, u32, u64, 64);
BPF_PERCPU_ARRAY(array, u64, 8);
int f(struct pt_regs *ctx) {
  u32 key = 2;
  u64 zero = 0, *value = hash.lookup_or_try_init(&key, &zero);
  if (value) ++*value;
  array.increment(key);
  u64 *other = array.lookup(&key);
  return other ? *other : 0;
}
