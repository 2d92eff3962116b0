// A byte of the packet that may not be there.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  u8 *bytes = data;
  if (bytes[14] == 0x45) return XDP_DROP;  // refused here: packet
  return XDP_PASS;
}
// suggested: before line 10: if ((void *)(&bytes[14] + 1) > data_end) return XDP_PASS;
