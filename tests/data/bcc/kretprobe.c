// loads as: kprobe
int kretprobe__tcp_v4_connect(struct pt_regs *ctx) {
  int ret = PT_REGS_RC(ctx);
  return ret;
}
