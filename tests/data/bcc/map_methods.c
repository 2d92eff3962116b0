// loads as: kprobe
struct value_t { u64 a, b; };
BPF_HASH(table, u32, struct value_t);
int f(struct pt_regs *ctx) {
  u32 key = 1;
  struct value_t zero = {}, *value = table.lookup_or_try_init(&key, &zero);
  if (value) value->a++;
  value = table.lookup_or_init(&key, &zero);
  value->b++;
  table.insert(&key, &zero);
  table.update(&key, &zero);
  table.delete(&key);
  return 0;
}
