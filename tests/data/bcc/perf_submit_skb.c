// loads as: sched_cls
#include <bcc/proto.h>
BPF_PERF_OUTPUT(skb_events);
int handle(struct __sk_buff *skb) {
  u8 *cursor = 0;
  struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
  struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
  u32 magic = ethernet->type + ip->src;
  skb_events.perf_submit_skb(skb, skb->len, &magic, sizeof(magic));
  return TC_ACT_OK;
}
