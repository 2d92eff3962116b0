// An array of which next to nothing was ever set.
BPF_ARRAY(zeros, u64, 30000000);

static inline int is_load(void) {
  char comm[16];
  bpf_get_current_comm(&comm, sizeof comm);
  return comm[0] == 'p' && comm[5] == 'l' && comm[8] == 'd';  // pace_load
}

// @attach rawtracepoint:sys_enter
int on_call(struct bpf_raw_tracepoint_args *ctx) {
  if (ctx->args[1] != 8 || !is_load()) return 0;  // lseek
  int index = 29999999;
  zeros.increment(index);
  return 0;
}
