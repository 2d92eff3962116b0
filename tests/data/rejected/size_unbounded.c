// A length from the traced program that is only kept from being negative.
struct line {
  char text[256];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  s64 length = PT_REGS_PARM3(ctx);
  if (length < 0) return 0;
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: unbounded
  return 0;
}
// suggested: before line 13: if (length > sizeof(line->text)) length = sizeof(line->text);
