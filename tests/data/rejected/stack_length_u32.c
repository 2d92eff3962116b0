// A buffer on the stack, its length in 32 bits and bounded.
BPF_PERF_OUTPUT(events);

int on_write(struct pt_regs *ctx) {
  char text[64] = {};
  u32 length = PT_REGS_PARM3(ctx);
  if (length > sizeof(text)) length = sizeof(text);
  bpf_probe_read_user(text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  events.perf_submit(ctx, text, length);
  return 0;
}
// suggested: make line 6: u64 length = PT_REGS_PARM3(ctx);
