// The length of a header stands in the packet.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/udp.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > data_end) return XDP_PASS;
  struct iphdr *ip = (void *)(eth + 1);
  if ((void *)(ip + 1) > data_end) return XDP_PASS;
  struct udphdr *udp = (void *)ip + ip->ihl * 4;
  if (udp->dest == bpf_htons(53)) return XDP_DROP;  // refused here: packet
  return XDP_PASS;
}
// suggested: after line 14: if ((void *)(udp + 1) > data_end) return XDP_PASS;
