// Helper functions: what the kernel does for a program that asks. Which ones a program may call depends on its type:
// one in traffic control can change a packet, one on a socket can only look. examples/refused/socket_helper.c tries.
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <uapi/linux/bpf.h>

// @param MARK 32 "the type of service that packets leave with"
#ifndef MARK
#define MARK 32
#endif
#define TOS_AT (ETH_HLEN + offsetof(struct iphdr, tos))
#define CHECKSUM_AT (ETH_HLEN + offsetof(struct iphdr, check))

BPF_ARRAY(marked, u64, 1);

// Each bpf_... is one; so are the methods of maps, and BCC has short names for more. `sonda check` lists them all.
// @attach tc:lo:egress
int mark_packet(struct __sk_buff *skb) {
  u8 mark = MARK, was = 0;
  if (skb->protocol != htons(ETH_P_IP) || bpf_skb_load_bytes(skb, TOS_AT, &was, sizeof(was))) return TC_ACT_UNSPEC;
  if (was == mark) return TC_ACT_UNSPEC;
  bpf_l3_csum_replace(skb, CHECKSUM_AT, htons(was), htons(mark), 2);
  bpf_skb_store_bytes(skb, TOS_AT, &mark, sizeof(mark), 0);
  marked.atomic_increment(0);
  return TC_ACT_UNSPEC;
}
