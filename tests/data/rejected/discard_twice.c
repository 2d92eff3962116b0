// Two branches give the record back, and one of them goes on.
struct event {
  u64 size;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->size = PT_REGS_PARM3(ctx);
  if (event->size > 100) {
    events.ringbuf_submit(event, 0);
  }
  events.ringbuf_discard(event, 0);  // refused here: released
  return 0;
}
// suggested: after line 12: return 0;
