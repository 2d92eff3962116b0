// The event is smaller than what is submitted.
struct event {
  u64 when;
  u64 size;
};
BPF_PERF_OUTPUT(events);

int on_write(struct pt_regs *ctx) {
  struct event event = {};
  event.when = bpf_ktime_get_ns();
  event.size = PT_REGS_PARM3(ctx);
  events.perf_submit(ctx, &event, 1024);  // refused here: stack_read (on 6.18)
  return 0;
}
// suggested: make line 12: events.perf_submit(ctx, &event, sizeof(event));
