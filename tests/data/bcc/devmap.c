// loads as: xdp
BPF_DEVMAP(devices, 8);
int f(struct xdp_md *ctx) { return devices.redirect_map(ctx->ingress_ifindex & 7, 0); }
