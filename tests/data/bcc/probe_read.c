// loads as: kprobe
#include <linux/sched.h>
int f(struct pt_regs *ctx, struct file *file, const char *user) {
  char name[32], other[32];
  const unsigned char *at = 0;
  struct dentry *dentry = 0;
  bpf_probe_read(&dentry, sizeof(dentry), &file->f_path.dentry);
  bpf_probe_read_kernel(&at, sizeof(at), &dentry->d_name.name);
  bpf_probe_read_kernel_str(name, sizeof(name), at);
  bpf_probe_read_str(name, sizeof(name), at);
  bpf_probe_read_user(other, sizeof(other), user);
  return bpf_probe_read_user_str(other, sizeof(other), user) + name[0];
}
