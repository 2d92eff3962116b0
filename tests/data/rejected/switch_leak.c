// One case of a switch leaves with the record.
struct event {
  u64 kind;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_call(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->kind = PT_REGS_PARM1(ctx);
  switch (PT_REGS_PARM2(ctx)) {
    case 1:
      return 0;  // refused here: unreleased
    default:
      break;
  }
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: before line 13: events.ringbuf_discard(event, 0);
