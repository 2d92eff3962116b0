// Drops the datagrams for port 9, and counts them.
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <uapi/linux/bpf.h>

BPF_PERCPU_ARRAY(dropped, u64, 1);

// @attach xdp:lo
int on_packet(struct xdp_md *ctx) {
  void *end = (void *)(long)ctx->data_end;
  struct ethhdr *ethernet = (void *)(long)ctx->data;
  struct iphdr *ip = (void *)(ethernet + 1);
  if ((void *)(ip + 1) > end || ethernet->h_proto != htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP) return XDP_PASS;
  struct udphdr *udp = (void *)(ip + 1);
  if ((void *)(udp + 1) > end || udp->dest != htons(9)) return XDP_PASS;
  dropped.increment(0);
  return XDP_DROP;
}
