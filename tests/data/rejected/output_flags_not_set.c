// A number that one branch sets, handed on.
BPF_RINGBUF_OUTPUT(events, 8);

int on_call(struct pt_regs *ctx) {
  u64 now = bpf_ktime_get_ns();
  u64 flags;
  u64 unused;
  if (events.ringbuf_output(&now, sizeof(now), flags)) return 0;  // refused here: not_set
  return 0;
}
// suggested: make line 6: u64 flags = 0;
