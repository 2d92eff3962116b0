// The size of a reservation must be a constant.
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  u64 length = PT_REGS_PARM3(ctx) & 255;
  char *text = events.ringbuf_reserve(length);  // refused here: not_constant
  if (!text) return 0;
  events.ringbuf_submit(text, 0);
  return 0;
}
