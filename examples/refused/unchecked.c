// Refused: a lookup may find nothing, and the pointer is used without a look. verifier.c in examples/probes does look.
BPF_HASH(by_user, u32, u64);

// @attach tracepoint:sched:sched_process_exec
int count_users(void *ctx) {
  u32 user = bpf_get_current_uid_gid();
  u64 zero = 0, *count = by_user.lookup_or_try_init(&user, &zero);
  *count += 1;
  return 0;
}
