// The end of the packet is kept as a number.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  u64 data_end = ctx->data_end;
  struct ethhdr *eth = data;
  struct iphdr *ip = data + sizeof(*eth);
  if ((u64)data + sizeof(*eth) > data_end) return XDP_PASS;
  if (ip->protocol == 17) return XDP_DROP;  // refused here: packet
  return XDP_PASS;
}
// suggested: after line 10: if ((void *)(ip + 1) > (void *)data_end) return XDP_PASS;
