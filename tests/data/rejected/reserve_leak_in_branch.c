// One branch of several leaves without giving the record back.
struct event {
  u64 when;
  u64 size;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->size = PT_REGS_PARM3(ctx);
  if (event->size > 4096) {
    event->when = 1;
    return 0;  // refused here: unreleased
  }
  event->when = bpf_ktime_get_ns();
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: before line 14: events.ringbuf_discard(event, 0);
