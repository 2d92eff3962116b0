// loads as: kprobe
struct key_t { char name[16]; };
BPF_HASH(plain);
BPF_HASH(keyed, struct key_t);
BPF_HASH(typed, struct key_t, u32);
BPF_HASH(sized, u32, struct key_t, 99);
int f(struct pt_regs *ctx) {
  struct key_t key = {};
  u64 number = 1;
  u32 zero = 0;
  plain.increment(number);
  plain.increment(number, 10);
  plain.atomic_increment(number);
  keyed.update(&key, &number);
  typed.insert(&key, &zero);
  sized.delete(&zero);
  return typed.lookup(&key) != 0;
}
