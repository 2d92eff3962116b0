// An initializer sets the fields, not what lies between them.
struct event {
  u32 process;
  u64 when;
};
BPF_PERF_OUTPUT(events);

int on_exec(struct pt_regs *ctx) {
  struct event event = {.process = bpf_get_current_pid_tgid() >> 32, .when = bpf_ktime_get_ns()};
  events.perf_submit(ctx, &event, sizeof(event));  // refused here: stack_unset (before 6.1)
  return 0;
}
