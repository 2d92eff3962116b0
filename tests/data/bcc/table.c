// loads as: kprobe
struct key_t { u32 a, b; };
BPF_TABLE("hash", struct key_t, u64, first, 128);
BPF_F_TABLE("hash", u32, u64, second, 128, BPF_F_NO_PREALLOC);
BPF_TABLE_PUBLIC("array", int, u64, shown, 4);
BPF_TABLE("lru_hash", u32, u64, recent, 16);
BPF_TABLE("lru_percpu_hash", u32, u64, recent_percpu, 16);
int f(struct pt_regs *ctx) {
  struct key_t key = {1, 2};
  u32 number = 3;
  u64 one = 1;
  int index = 0;
  first.update(&key, &one);
  second.update(&number, &one);
  recent.update(&number, &one);
  recent_percpu.update(&number, &one);
  u64 *value = shown.lookup(&index);
  return value ? *value : 0;
}
