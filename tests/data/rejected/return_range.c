// A program that decides about a packet of a cgroup says 0 or 1.
#include <uapi/linux/bpf.h>

// @attach cgroup:/sys/fs/cgroup:connect4
int on_connect(struct bpf_sock_addr *ctx) {
  if (ctx->user_port == 0) return 1;
  return 7;  // refused here: return_range
}
