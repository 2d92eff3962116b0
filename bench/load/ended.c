// Counts threads of `work` that end, each by its own number, in a map that has room for few.
BPF_HASH(counts, u32, u64, 1000);
// @attach rawtracepoint:sched_process_exit
int ended(void *ctx) {
  char name[16] = {};
  bpf_get_current_comm(name, sizeof(name));
  if (name[0] != 'w' || name[1] != 'o' || name[2] != 'r' || name[3] != 'k' || name[4] != 0) return 0;
  u32 thread = bpf_get_current_pid_tgid();
  counts.increment(thread);
  return 0;
}
