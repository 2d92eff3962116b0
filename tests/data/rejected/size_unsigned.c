// A length from the traced program, used as it is: as a signed number it may be negative.
struct line {
  char text[256];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 length = PT_REGS_PARM3(ctx);
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative
  return 0;
}
// suggested: before line 12: if (length > sizeof(line->text)) length = sizeof(line->text);
