// Counts the packets and bytes that an interface receives and sends, in its traffic control. Other filters stay in
// force: TC_ACT_UNSPEC hands the packet to the next one (TC_ACT_OK would let it through, TC_ACT_SHOT drop it).
//
// For another interface edit the lines below, or:
//   sonda run tc_bytes.c --attach-only 'tc:eth0:ingress=count_in' --attach-only 'tc:eth0:egress=count_out'
#include <linux/pkt_cls.h>
#include <uapi/linux/bpf.h>

enum direction { RECEIVED, SENT };
struct way {
  enum direction direction;
};
struct amount {
  u64 packets, bytes;
};

BPF_PERCPU_HASH(traffic, struct way, struct amount, 2);

static inline int count(struct __sk_buff *skb, enum direction direction) {
  struct way way = {.direction = direction};
  struct amount none = {};
  struct amount *amount = traffic.lookup_or_try_init(&way, &none);
  if (amount) {
    amount->packets += 1;
    amount->bytes += skb->len;
  }
  return TC_ACT_UNSPEC;
}

// @attach tc:lo:ingress
int count_in(struct __sk_buff *skb) { return count(skb, RECEIVED); }

// @attach tc:lo:egress
int count_out(struct __sk_buff *skb) { return count(skb, SENT); }
