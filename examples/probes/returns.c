// Counts what a function returns.
#include <uapi/linux/ptrace.h>

BPF_HASH(returned, u64, u64);

int on_return(struct pt_regs *ctx) {
  returned.increment(PT_REGS_RC(ctx));
  return 0;
}
