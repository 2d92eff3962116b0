// A size_t with a lower bound only.
struct line {
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  size_t length = PT_REGS_PARM3(ctx);
  if (length < 1) return 0;
  bpf_probe_read_user(&line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  return 0;
}
// suggested: before line 13: if (length > sizeof(line->text)) length = sizeof(line->text);
