// The check covers all but the last byte.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (data + sizeof(*eth) - 1 > data_end) return XDP_PASS;
  if (eth->h_proto == bpf_htons(ETH_P_IP)) return XDP_DROP;  // refused here: packet
  return XDP_PASS;
}
// suggested: after line 9: if ((void *)(eth + 1) > data_end) return XDP_PASS;
