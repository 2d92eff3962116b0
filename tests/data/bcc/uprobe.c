// loads as: kprobe
#include <uapi/linux/ptrace.h>
int count(struct pt_regs *ctx) {
  char text[64] = {};
  bpf_probe_read_user(text, sizeof(text), (void *)PT_REGS_PARM1(ctx));
  return text[0] + PT_REGS_PARM6(ctx) + PT_REGS_IP(ctx) + PT_REGS_SP(ctx) + PT_REGS_FP(ctx);
}
