// loads as: kprobe
int f(struct pt_regs *ctx) {
  return bpf_ktime_get_ns() + bpf_get_prandom_u32() + bpf_log2l(bpf_ktime_get_boot_ns()) + bpf_log2(7);
}
