// How many minutes each customer has waited. But the program has no function of that name.
#include <uapi/linux/ptrace.h>

BPF_HASH(minutes, u32, u64);  // by customer

// @attach uprobe:/proc/$PID/exe:delivery
int on_delivery(struct pt_regs *ctx) {
  u32 customer = PT_REGS_PARM1(ctx);
  minutes.increment(customer, PT_REGS_PARM2(ctx));
  return 0;
}
