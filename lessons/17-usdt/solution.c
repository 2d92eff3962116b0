// How many minutes each customer has waited.
#include <uapi/linux/ptrace.h>

BPF_HASH(minutes, u32, u64);  // by customer

// @attach usdt:/proc/$PID/exe:sonda:delivery
int on_delivery(struct pt_regs *ctx) {
  u64 customer = 0, waited = 0;
  bpf_usdt_readarg(1, ctx, &customer);
  bpf_usdt_readarg(2, ctx, &waited);
  u32 who = customer;
  minutes.increment(who, waited);
  return 0;
}
