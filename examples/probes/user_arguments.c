// A uprobe reads the arguments of a function: how much memory each program asks malloc() for.
//
// The library is found by its name. PT_REGS_PARM1 is the first argument, up to PT_REGS_PARM6.
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct who {
  char comm[TASK_COMM_LEN];
};

// @show asked.value as bytes
BPF_HASH(asked, struct who, u64);
BPF_HISTOGRAM(sizes);

// @attach uprobe:libc:malloc
int on_malloc(struct pt_regs *ctx) {
  struct who who = {};
  u64 size = PT_REGS_PARM1(ctx);
  bpf_get_current_comm(&who.comm, sizeof(who.comm));
  asked.increment(who, size);
  sizes.increment(bpf_log2l(size));
  return 0;
}
