// loads as: compile only
BPF_TABLE_PINNED("hash", u64, u64, ids, 1024, "/sys/fs/bpf/sonda_no_such_pin");
int f(struct pt_regs *ctx) {
  u64 key = 1;
  return ids.lookup(&key) != 0;
}
