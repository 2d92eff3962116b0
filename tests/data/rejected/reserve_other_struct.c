// Reserved for one struct, written as another.
struct head {
  u64 when;
};
struct event {
  u64 when;
  char comm[16];
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_exec(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(struct head));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  bpf_get_current_comm(event->comm, sizeof(event->comm));  // refused here: mem_bounds
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: make line 12: struct event *event = events.ringbuf_reserve(sizeof(*event));
