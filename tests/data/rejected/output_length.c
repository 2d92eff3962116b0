// As many bytes into a ring buffer as the process wrote.
BPF_RINGBUF_OUTPUT(events, 8);

int on_write(struct pt_regs *ctx) {
  char text[64] = {};
  u32 length = PT_REGS_PARM3(ctx);
  bpf_probe_read_user(text, sizeof(text), (void *)PT_REGS_PARM2(ctx));
  events.ringbuf_output(text, length, 0);  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: before line 8: if (length > sizeof(text)) length = sizeof(text);
