// loads as: kprobe
#include <uapi/linux/ptrace.h>
int printret(struct pt_regs *ctx) {
  char line[80] = {};
  bpf_probe_read_user_str(line, sizeof(line), (void *)PT_REGS_RC(ctx));
  bpf_trace_printk("%s\n", line);
  return 0;
}
