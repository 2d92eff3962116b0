// The size is that of something larger.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  bpf_probe_read_user(line->text, 128, (void *)PT_REGS_PARM2(ctx));  // refused here: map_value (on 6.18)
  return 0;
}
// suggested: make line 12: bpf_probe_read_user(line->text, sizeof(line->text), (void *)PT_REGS_PARM2(ctx));
