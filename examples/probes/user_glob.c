// One uprobe on every function whose name matches: which of bash's builtins run, and how often.
//
// The function's own address, which the program finds in its registers, tells them apart.
#include <uapi/linux/ptrace.h>

struct place {
  u32 pid;
  u64 function;
};

// @show calls.function as usym
BPF_HASH(calls, struct place, u64);

// @attach uprobe:bash:*_builtin
int on_builtin(struct pt_regs *ctx) {
  struct place place = {};
  place.pid = bpf_get_current_pid_tgid() >> 32;
  place.function = PT_REGS_IP(ctx);
  calls.increment(place);
  return 0;
}
