// How often each customer ordered for how much. But equal keys are not equal.
#include <uapi/linux/ptrace.h>

struct key {
  u32 customer;
  u64 amount;
};
BPF_HASH(seen, struct key, u64);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  struct key key;
  key.customer = PT_REGS_PARM1(ctx);
  key.amount = PT_REGS_PARM2(ctx);
  seen.increment(key);
  return 0;
}
