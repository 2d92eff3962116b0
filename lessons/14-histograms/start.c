// How large the orders are, as a picture. But it has 64 slots, and amounts go up to a million millions.
#include <uapi/linux/ptrace.h>

BPF_HISTOGRAM(amounts);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u64 amount = PT_REGS_PARM2(ctx);
  amounts.increment(amount);
  return 0;
}
