// loads as: kprobe
BPF_TABLE("array", int, int, inner, 1024);
BPF_ARRAY_OF_MAPS(maps_array, "inner", 10);
BPF_TABLE("hash", int, int, other, 1024);
BPF_HASH_OF_MAPS(maps_hash, int, "other", 10);
int f(struct pt_regs *ctx) {
  int key = 1, value = 7;
  void *found = maps_array.lookup(&key);
  if (!found) return 0;
  bpf_map_update_elem(found, &key, &value, BPF_ANY);
  return maps_hash.lookup(&key) != 0;
}
