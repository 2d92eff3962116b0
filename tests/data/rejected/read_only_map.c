// A map that programs may only read.
BPF_F_TABLE("array", u32, u64, settings, 4, BPF_F_RDONLY_PROG);

int on_call(struct pt_regs *ctx) {
  u32 first = 0;
  u64 *value = settings.lookup(&first);
  if (!value) return 0;
  *value = bpf_ktime_get_ns();  // refused here: read_only_map
  return 0;
}
