// Arithmetic on data_end; it is the packet's own pointers that may be moved.
#include <uapi/linux/bpf.h>

int on_packet(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data;
  u8 *data_end = (u8 *)(long)ctx->data_end;
  u8 *last = data_end - 1;  // refused here: end_arithmetic
  asm volatile("" : "+r"(last));
  if (last < data) return XDP_DROP;
  return XDP_PASS;
}
