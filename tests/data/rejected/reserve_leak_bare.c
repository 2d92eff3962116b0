// The return that forgets the record is a body without braces.
struct event {
  u64 when;
  u64 size;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  event->size = PT_REGS_PARM3(ctx);
  if (event->size == 0)
    return 0;  // refused here: unreleased
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: make line 14: { events.ringbuf_discard(event, 0); return 0; }
