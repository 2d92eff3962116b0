// A signed length, bounded above.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  int length = PT_REGS_PARM3(ctx);
  if (length > 64) length = 64;
  bpf_probe_read_user(line->text, length, (void *)PT_REGS_PARM2(ctx));  // refused here: negative (on 6.18)
  return 0;
}
// suggested: make line 12: u64 length = PT_REGS_PARM3(ctx);
