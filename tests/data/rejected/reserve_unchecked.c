// A record of a ring buffer that may be full.
struct event {
  u32 pid;
  char comm[16];
};
BPF_RINGBUF_OUTPUT(events, 8);

int on_exec(struct pt_regs *ctx) {
  struct event *event = events.ringbuf_reserve(sizeof(*event));
  event->pid = bpf_get_current_pid_tgid() >> 32;  // refused here: unchecked_reserve
  bpf_get_current_comm(event->comm, sizeof(event->comm));
  events.ringbuf_submit(event, 0);
  return 0;
}
// suggested: after line 9: if (!event) return 0;
