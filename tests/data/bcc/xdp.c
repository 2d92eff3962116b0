// loads as: xdp
#include <linux/if_ether.h>
#include <linux/ip.h>
BPF_TABLE("percpu_array", u32, long, dropped, 256);
int drop(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *ethernet = data;
  struct iphdr *ip = data + sizeof(*ethernet);
  if ((void *)(ip + 1) > end || ethernet->h_proto != htons(ETH_P_IP)) return XDP_PASS;
  u32 protocol = ip->protocol;
  long *count = dropped.lookup(&protocol);
  if (count) *count += 1;
  return XDP_DROP;
}
