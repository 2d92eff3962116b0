// Drops the UDP datagrams for one port before the kernel's network stack sees them, and counts what it dropped.
//
// For another interface edit the line below, or: sonda run xdp_drop.c --attach-only 'xdp:eth0=drop_port'
//
// @param PORT 9 "the UDP port that nothing reaches"
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <uapi/linux/bpf.h>

#ifndef PORT
#define PORT 9
#endif

BPF_PERCPU_ARRAY(dropped, u64, 1);

// Each header is looked at only after a check that the packet reaches as far: the verifier asks for it.
// @attach xdp:lo
int drop_port(struct xdp_md *ctx) {
  void *end = (void *)(long)ctx->data_end;
  struct ethhdr *ethernet = (void *)(long)ctx->data;
  struct iphdr *ip = (void *)(ethernet + 1);
  if ((void *)(ip + 1) > end || ethernet->h_proto != htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP) return XDP_PASS;
  struct udphdr *udp = (void *)ip + ip->ihl * 4;
  if ((void *)(udp + 1) > end || udp->dest != htons(PORT)) return XDP_PASS;
  dropped.increment(0);
  return XDP_DROP;
}
