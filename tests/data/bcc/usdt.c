// loads as: compile only
#include <uapi/linux/ptrace.h>
int do_trace(struct pt_regs *ctx) {
  u64 address = 0;
  char path[64] = {};
  bpf_usdt_readarg(2, ctx, &address);
  bpf_probe_read_user(path, sizeof(path), (void *)address);
  bpf_usdt_readarg_p(1, ctx, &path, sizeof(path));
  return path[0];
}
