// A program for each kind of order: small, medium and large.
#include <uapi/linux/ptrace.h>

BPF_PROG_ARRAY(steps, 3);
BPF_HASH(kinds, u32, u64);
BPF_ARRAY(fell_through, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u64 amount = PT_REGS_PARM2(ctx);
  steps.call(ctx, amount < 10 ? 0 : amount < 100 ? 1 : 2);
  fell_through.increment(0);  // only if that slot is empty
  return 0;
}

// @tailcall steps[0] = on_small
int on_small(struct pt_regs *ctx) {
  u32 kind = 0;
  kinds.increment(kind);
  return 0;
}

// @tailcall steps[1] = on_medium
int on_medium(struct pt_regs *ctx) {
  u32 kind = 1;
  kinds.increment(kind);
  return 0;
}

// @tailcall steps[2] = on_large
int on_large(struct pt_regs *ctx) {
  u32 kind = 2;
  kinds.increment(kind);
  return 0;
}
