// loads as: xdp
BPF_CPUMAP(cpus, 4);
int f(struct xdp_md *ctx) { return cpus.redirect_map(1, 0); }
