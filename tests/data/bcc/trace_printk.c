// loads as: kprobe
int f(struct pt_regs *ctx) {
  bpf_trace_printk("%d %s %lx\n", 1, "text", 2UL);
  return 0;
}
