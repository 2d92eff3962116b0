// A record belongs to the reader once it is submitted.
struct event {
  u32 pid;
  u32 big;
};
BPF_RINGBUF_OUTPUT(events, 8);
BPF_HISTOGRAM(pids);

int on_exec(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->pid = bpf_get_current_pid_tgid() >> 32;
  events.ringbuf_submit(event, 0);
  pids.increment(bpf_log2l(*(volatile u32 *)&event->pid));  // refused here: plain_number
  return 0;
}
