// loads as: socket_filter
#include <net/sock.h>
#include <bcc/proto.h>
#define IP_TCP 6
int filter(struct __sk_buff *skb) {
  u8 *cursor = 0;
  struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
  if (ethernet->type != 0x0800) return 0;
  struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
  if (ip->nextp != IP_TCP) return 0;
  struct tcp_t *tcp = cursor_advance(cursor, sizeof(*tcp));
  return tcp->dst_port == 80 ? -1 : 0;
}
