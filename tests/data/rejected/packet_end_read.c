// data_end is a place to compare with, not to read from.
#include <uapi/linux/bpf.h>

int on_packet(struct xdp_md *ctx) {
  u8 *last = (u8 *)(long)ctx->data_end;
  if (*last == 0)  // refused here: other_memory
    return XDP_DROP;
  return XDP_PASS;
}
