// A call over several lines, of a length that nobody bounds.
struct line {
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 length = PT_REGS_PARM3(ctx);
  bpf_probe_read_user(line->text, length,  // refused here: negative (on 6.18)
                      (void *)PT_REGS_PARM2(ctx));
  return 0;
}
// suggested: before line 12: if (length > sizeof(line->text)) length = sizeof(line->text);
