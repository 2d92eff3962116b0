// The partner of lesson 16: writes what customers order on their tabs. Not to be edited.
#include <uapi/linux/ptrace.h>

// @map tabs shared
BPF_HASH(tabs, u32, u64);  // by customer: what they owe

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u32 customer = PT_REGS_PARM1(ctx);
  tabs.increment(customer, PT_REGS_PARM2(ctx));
  return 0;
}
