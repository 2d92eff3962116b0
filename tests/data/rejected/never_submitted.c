// No path gives the record back.
struct event {
  u64 when;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  return 0;  // refused here: unreleased
}
// suggested: before line 11: events.ringbuf_submit(event, 0);
