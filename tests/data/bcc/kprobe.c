// loads as: kprobe
#include <uapi/linux/ptrace.h>
int kprobe__tcp_v4_connect(struct pt_regs *ctx, struct sock *sk) { return sk->__sk_common.skc_family == AF_INET; }
