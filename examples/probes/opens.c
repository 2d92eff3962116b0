// opens.c: who opens files, and what became of it?
struct open {
  u32 pid;
  int result;
  u64 took;
  char comm[16];
};
BPF_HASH(began, u64, u64);
BPF_PERF_OUTPUT(opens);
BPF_HISTOGRAM(latency);
// @show took as duration

TRACEPOINT_PROBE(syscalls, sys_enter_openat) {
  u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
  began.update(&thread, &now);
  return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_openat) {
  u64 thread = bpf_get_current_pid_tgid(), *start = began.lookup(&thread);
  if (!start) return 0;
  struct open open = {.pid = thread >> 32, .result = args->ret, .took = bpf_ktime_get_ns() - *start};
  bpf_get_current_comm(open.comm, sizeof(open.comm));
  opens.perf_submit(args, &open, sizeof(open));
  latency.increment(bpf_log2l(open.took));
  began.delete(&thread);
  return 0;
}
