// What each customer's orders cost. But what does the probe cost?
#include <linux/sched.h>
#include <uapi/linux/ptrace.h>

struct key {
  u64 customer, kind;
  char comm[TASK_COMM_LEN];
};
BPF_HASH(money, struct key, u64);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  struct key key = {.customer = PT_REGS_PARM1(ctx)};
  bpf_get_current_comm(key.comm, sizeof(key.comm));
  money.increment(key, PT_REGS_PARM2(ctx));
  return 0;
}
