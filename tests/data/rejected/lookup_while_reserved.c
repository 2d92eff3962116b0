// A lookup fails while a record is held: what is held has to be given back.
struct event {
  u64 when;
  u64 started;
};
BPF_HASH(began, u64, u64);
BPF_RINGBUF_OUTPUT(events, 8);

int on_return(struct pt_regs *ctx) {
  u64 thread = bpf_get_current_pid_tgid();
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  u64 *start = began.lookup(&thread);
  event->started = *start;  // refused here: unchecked_lookup
  event->when = bpf_ktime_get_ns();
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: after line 13: if (!start) { events.ringbuf_discard(event, 0); return 0; }
