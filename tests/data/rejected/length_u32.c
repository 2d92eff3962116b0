// A length in 32 bits, bounded: one copy is asked, another is used.
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
  u32 length = PT_REGS_PARM3(ctx);
  if (length > sizeof(line->text)) length = sizeof(line->text);
  line->length = length;
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  events.perf_submit(ctx, line, offsetof(struct line, text) + length);
  return 0;
}
// suggested: make line 13: u64 length = PT_REGS_PARM3(ctx);
