// loads as: xdp
BPF_XSKMAP(sockets, 8);
int f(struct xdp_md *ctx) {
  int index = ctx->rx_queue_index;
  return sockets.lookup(&index) ? sockets.redirect_map(index, 0) : XDP_PASS;
}
