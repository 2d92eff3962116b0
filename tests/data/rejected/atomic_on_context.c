// Atomic operations work on maps and on the stack.
#include <uapi/linux/bpf.h>
#include <uapi/linux/pkt_cls.h>

int on_packet(struct __sk_buff *skb) {
  __sync_fetch_and_add(&skb->mark, 1);  // refused here: atomic_place
  return TC_ACT_OK;
}
