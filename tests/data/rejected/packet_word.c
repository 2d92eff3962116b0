// A word in the middle of the packet.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  u32 word = *(u32 *)(data + 26);  // refused here: packet
  if (word == 0) return XDP_DROP;
  return XDP_PASS;
}
// suggested: before line 9: if ((void *)((u32 *)(data + 26) + 1) > data_end) return XDP_PASS;
