// A packet may be shorter than what is read.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (eth->h_proto == bpf_htons(ETH_P_IP))  // refused here: packet
    return XDP_DROP;
  return XDP_PASS;
}
// suggested: after line 8: if ((void *)(eth + 1) > data_end) return XDP_PASS;
