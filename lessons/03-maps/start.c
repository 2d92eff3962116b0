// What all orders cost. But who pays for them?
#include <uapi/linux/ptrace.h>

BPF_ARRAY(money, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  money.increment(0, PT_REGS_PARM2(ctx));
  return 0;
}
