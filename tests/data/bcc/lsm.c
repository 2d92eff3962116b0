// loads as: compile only
#include <uapi/asm-generic/errno-base.h>
LSM_PROBE(bpf, int cmd, union bpf_attr *attr, unsigned int size) { return cmd == BPF_PROG_LOAD ? -EPERM : 0; }
