// Counts the packets that a network interface receives, and their bytes, by their protocol above Ethernet (0x0800 is
// IPv4, 0x86dd IPv6), before the kernel's network stack sees them.
//
// For another interface edit the line below, or: sonda run xdp_count.c --attach-only 'xdp:eth0=count_packets'
//
// @show protocol as hex
#include <linux/if_ether.h>
#include <uapi/linux/bpf.h>

struct kind {
  u16 protocol;
};
struct amount {
  u64 packets, bytes;
};

BPF_PERCPU_HASH(received, struct kind, struct amount, 64);

// @attach xdp:lo
int count_packets(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *ethernet = data;
  if ((void *)(ethernet + 1) > end) return XDP_PASS;

  struct kind kind = {.protocol = ntohs(ethernet->h_proto)};
  struct amount none = {};
  struct amount *amount = received.lookup_or_try_init(&kind, &none);
  if (amount) {
    amount->packets += 1;
    amount->bytes += end - data;
  }
  return XDP_PASS;
}
