// Adds up what the orders cost.
#include <uapi/linux/ptrace.h>

BPF_ARRAY(money, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u64 amount = PT_REGS_PARM2(ctx);
  money.increment(0, amount);
  return 0;
}
