// A mask that lets through more than the buffer has.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 length = PT_REGS_PARM3(ctx) & 127;
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: map_value (on 6.18)
  return 0;
}
// suggested: before line 13: if (length > sizeof(line->text)) length = sizeof(line->text);
