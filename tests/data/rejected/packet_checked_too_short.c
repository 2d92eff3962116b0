// The check covers the first header; what is read is in the second.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (data + sizeof(*eth) > data_end) return XDP_PASS;
  if (eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  struct iphdr *ip = data + sizeof(*eth);
  if (ip->ttl == 1)  // refused here: packet
    return XDP_DROP;
  return XDP_PASS;
}
// suggested: after line 12: if ((void *)(ip + 1) > data_end) return XDP_PASS;
