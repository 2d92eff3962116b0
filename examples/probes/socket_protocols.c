// Counts the IPv4 packets that pass an interface, both ways, by their protocol (1 is ICMP, 6 TCP, 17 UDP), as a raw
// socket sees them. On lo each packet both leaves and arrives, and counts twice.
//
// For another interface edit the line below, or: sonda run socket_protocols.c --attach-only 'socket:eth0=count_protocol'
#include <bcc/proto.h>

struct kind {
  u8 protocol;
};

BPF_HASH(packets, struct kind, u64, 256);

// @attach socket:lo
int count_protocol(struct __sk_buff *skb) {
  u8 *cursor = 0;
  struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
  if (ethernet->type != 0x0800) return 0;
  struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
  struct kind kind = {.protocol = ip->nextp};
  packets.increment(kind);
  return 0; // of the packet, nothing is kept for the socket
}
