// loads as: compile only
int kprobe____x64_sys_mkdir(struct pt_regs *ctx) {
  bpf_override_return(ctx, -1);
  return 0;
}
