// One byte more than the bound.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 length = PT_REGS_PARM3(ctx);
  if (length > sizeof(line->text)) return 0;
  bpf_probe_read_user(line->text, length + 1, (void *)PT_REGS_PARM2(ctx));  // refused here: map_value (on 6.18)
  return 0;
}
// suggested: make line 14: { u64 size = length + 1; if (size > sizeof(line->text)) size = sizeof(line->text); bpf_probe_read_user(line->text, size, (void *)PT_REGS_PARM2(ctx)); }
