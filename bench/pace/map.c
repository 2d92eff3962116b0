// A hash of half a million entries.
#include <uapi/linux/ptrace.h>

BPF_HASH(big, u64, u64, 600000);

static inline int is_load(void) {
  char comm[16];
  bpf_get_current_comm(&comm, sizeof comm);
  return comm[0] == 'p' && comm[5] == 'l' && comm[8] == 'd';  // pace_load
}

// @attach rawtracepoint:sys_enter
int on_call(struct bpf_raw_tracepoint_args *ctx) {
  if (ctx->args[1] != 8 || !is_load()) return 0;  // lseek
  u64 number = 0, value;
  bpf_probe_read_kernel(&number, sizeof number, &PT_REGS_PARM2((struct pt_regs *)ctx->args[0]));
  value = number * 7;
  big.update(&number, &value);
  return 0;
}
