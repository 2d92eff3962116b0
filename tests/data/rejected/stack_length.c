// A buffer on the stack, and a length from the traced program.
BPF_PERF_OUTPUT(events);

int on_write(struct pt_regs *ctx) {
  char text[64] = {};
  u64 length = PT_REGS_PARM3(ctx);
  bpf_probe_read_user(text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  events.perf_submit(ctx, text, sizeof(text));
  return 0;
}
// suggested: before line 7: if (length > sizeof(text)) length = sizeof(text);
