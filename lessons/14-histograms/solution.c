// How large the orders are, as a picture. A slot for each power of two.
#include <uapi/linux/ptrace.h>

BPF_HISTOGRAM(amounts);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  u64 amount = PT_REGS_PARM2(ctx);
  amounts.increment(bpf_log2l(amount));
  return 0;
}
