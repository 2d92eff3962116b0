// loads as: kprobe
int syscall__execve(struct pt_regs *ctx, const char __user *filename, const char __user *const __user *argv) {
  char first[16];
  bpf_probe_read_user_str(first, sizeof(first), filename);
  return first[0] + (argv != NULL);
}
