// A text's length, with the error below 0 that it may be, as an index.
struct line {
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_open(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  int length = bpf_probe_read_user_str(line->text, sizeof(line->text), (void *)PT_REGS_PARM2(ctx));
  line->text[length] = 0;  // refused here: negative (on 6.18)
  return 0;
}
// suggested: before line 12: if (length < 0 || length >= 64) return 0;
