// More is written than was reserved.
struct event {
  u64 when;
  u64 address;
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_fault(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(u64));
  if (!event) return 0;
  event->when = bpf_ktime_get_ns();
  event->address = PT_REGS_IP(ctx);  // refused here: mem_bounds
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: make line 9: struct event *event = events.ringbuf_reserve(sizeof(*event));
