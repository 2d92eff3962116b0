// Counts where the processes of a cgroup, and of those below it, connect to (IPv4; TCP, and UDP sockets that connect).
// `return 0` instead would refuse the connection.
//
// For another cgroup edit the line below, or:
//   sonda run cgroup_connect.c --attach-only 'cgroup:/sys/fs/cgroup/system.slice:connect4=on_connect'
//
// @show address as ipv4
// @show port as port
#include <uapi/linux/bpf.h>

struct destination {
  u32 address;
  u16 port;
  u16 padding;
};

BPF_HASH(connects, struct destination, u64);

// @attach cgroup:/sys/fs/cgroup:connect4
int on_connect(struct bpf_sock_addr *ctx) {
  struct destination to = {.address = ctx->user_ip4, .port = ctx->user_port};
  connects.increment(to);
  return 1;
}
