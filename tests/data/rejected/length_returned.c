// A helper gives a length, or an error below 0.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);
BPF_PERF_OUTPUT(events);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  int length = bpf_probe_read_user_str(line->text, sizeof(line->text), (void *)PT_REGS_PARM2(ctx));
  events.perf_submit(ctx, line->text, length);  // refused here: negative (on 6.18)
  return 0;
}
// suggested: make line 14: { u64 size = length; asm volatile("" : "+r"(size)); if (size <= sizeof(line->text)) events.perf_submit(ctx, line->text, size); }
