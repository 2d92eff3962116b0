// The length is read from the value.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  bpf_probe_read_user(line->text, line->length, (void *)PT_REGS_PARM2(ctx));  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: make line 12: { u64 size = line->length; if (size > sizeof(line->text)) size = sizeof(line->text); bpf_probe_read_user(line->text, size, (void *)PT_REGS_PARM2(ctx)); }
