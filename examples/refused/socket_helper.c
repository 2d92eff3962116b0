// Refused: a program on a socket may look at a packet, and calls the helper that changes one. helpers.c in
// examples/probes does the same in traffic control, where it is allowed.
#include <uapi/linux/bpf.h>

// @attach socket:lo
int mark_packet(struct __sk_buff *skb) {
  u8 mark = 32;
  bpf_skb_store_bytes(skb, 15, &mark, sizeof(mark), 0);
  return 0;
}
