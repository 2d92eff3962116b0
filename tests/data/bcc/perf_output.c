// loads as: kprobe
struct data_t { u32 pid; u64 at; };
BPF_PERF_OUTPUT(events);
int f(struct pt_regs *ctx) {
  struct data_t data = {.pid = bpf_get_current_pid_tgid() >> 32, .at = bpf_ktime_get_ns()};
  events.perf_submit(ctx, &data, sizeof(data));
  return 0;
}
