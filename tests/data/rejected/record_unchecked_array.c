// A record, an unchecked index into it.
struct event {
  u64 counts[8];
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  u64 kind = PT_REGS_PARM3(ctx);
  event->counts[kind] = 1;  // refused here: unbounded_math (on 6.18)
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: make line 11: { u64 at = kind; if (at < 8) event->counts[at] = 1; }
