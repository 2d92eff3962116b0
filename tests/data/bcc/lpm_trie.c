// loads as: kprobe
struct key_v4 { u32 prefixlen; u32 address; };
BPF_LPM_TRIE(trie, struct key_v4, int, 256);
int f(struct pt_regs *ctx) {
  struct key_v4 key = {32, 0x01020304};
  int *value = trie.lookup(&key);
  return value ? *value : 0;
}
