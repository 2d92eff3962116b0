// What each customer's orders cost.
#include <uapi/linux/ptrace.h>

BPF_PERCPU_ARRAY(money, u64, 64);  // by customer

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u32 customer = PT_REGS_PARM1(ctx);
  u64 *sum = money.lookup(&customer);
  if (sum) *sum += PT_REGS_PARM2(ctx);
  return 0;
}
