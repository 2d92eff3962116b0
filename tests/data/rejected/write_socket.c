// A socket's fields can be read, not written.
#include <uapi/linux/bpf.h>
#include <uapi/linux/pkt_cls.h>

int on_packet(struct __sk_buff *skb) {
  struct bpf_sock *socket = skb->sk;
  if (!socket) return TC_ACT_OK;
  socket->mark = 7;  // refused here: read_only_memory
  return TC_ACT_OK;
}
