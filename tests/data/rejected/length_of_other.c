// The bound is on what was asked for, not on what is used.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 asked = PT_REGS_PARM3(ctx);
  u64 length = PT_REGS_PARM4(ctx);
  if (asked > sizeof(line->text)) asked = sizeof(line->text);
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  return 0;
}
// suggested: before line 15: if (length > sizeof(line->text)) length = sizeof(line->text);
