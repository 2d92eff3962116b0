// A record is given back by its beginning.
struct event {
  u64 when;
  u64 size;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  events.ringbuf_submit(&event->size, 0);  // refused here: release_offset
  return 0;
}
// suggested: make line 12: events.ringbuf_submit(event, 0);
