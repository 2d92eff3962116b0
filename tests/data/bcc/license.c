// loads as: compile only
#define BPF_LICENSE Proprietary
int f(struct pt_regs *ctx) { return 0; }
