// Two headers, neither of which is asked for.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  struct iphdr *ip = data + sizeof(*eth);
  if (eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;  // refused here: packet
  if (ip->ttl < 2) return XDP_DROP;
  return XDP_PASS;
}
// suggested: after line 10: if ((void *)(eth + 1) > data_end) return XDP_PASS; if ((void *)(ip + 1) > data_end) return XDP_PASS;
