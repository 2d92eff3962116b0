// Takes off the tabs what customers pay. But off which tabs?
#include <uapi/linux/ptrace.h>

BPF_HASH(tabs, u32, u64);  // by customer: what they owe

// @attach uprobe:/proc/$PID/exe:sonda_pay
int on_pay(struct pt_regs *ctx) {
  u32 customer = PT_REGS_PARM1(ctx);
  u64 *owed = tabs.lookup(&customer);
  if (owed) *owed -= PT_REGS_PARM2(ctx);
  return 0;
}
