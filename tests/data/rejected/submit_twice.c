// The record is gone after the first time.
struct event {
  u64 when;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  events.ringbuf_submit(event, 0);
  events.ringbuf_submit(event, 0);  // refused here: released
  return 0;
}
// suggested: remove line 12
