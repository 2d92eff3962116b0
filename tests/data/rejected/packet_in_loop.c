// Bytes in a loop, the end of the packet not asked for.
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

int on_packet(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  u8 *bytes = data;
  u32 sum = 0;
  for (int i = 0; i < 16; i++) {
    sum += bytes[i];  // refused here: packet
  }
  return sum == 0 ? XDP_DROP : XDP_PASS;
}
// suggested: before line 11: if ((void *)(bytes + 16) > data_end) return XDP_PASS;
