// loads as: kprobe
struct data_t { u64 at; };
BPF_RINGBUF_OUTPUT(events, 8);
int output(struct pt_regs *ctx) {
  struct data_t data = {.at = 1};
  events.ringbuf_output(&data, sizeof(data), BPF_RB_NO_WAKEUP);
  return 0;
}
int reserve(struct pt_regs *ctx) {
  struct data_t *data = events.ringbuf_reserve(sizeof(struct data_t));
  if (!data) return 1;
  data->at = bpf_ktime_get_ns();
  if (data->at > 3)
    events.ringbuf_submit(data, 0);
  else
    events.ringbuf_discard(data, 0);
  return 0;
}
