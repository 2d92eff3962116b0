// A signed length is bounded above, not below.
struct line {
  char text[256];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  s64 length = PT_REGS_PARM3(ctx);
  if (length > 256) length = 256;
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative
  return 0;
}
// suggested: before line 13: if (length < 0) return 0;
