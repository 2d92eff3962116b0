// loads as: kprobe
BPF_PROG_ARRAY(programs, 10);
int f(struct pt_regs *ctx) {
  programs.call(ctx, 2);
  return 0;
}
