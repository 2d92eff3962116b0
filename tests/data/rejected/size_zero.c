// A helper that takes no empty buffer, and a length that may be 0.
struct line {
  char text[256];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  u64 length = PT_REGS_PARM3(ctx) & 127;
  bpf_get_current_comm(line->text, length);  // refused here: zero_size
  return 0;
}
// suggested: before line 12: if (length == 0) return 0; (from 6.8)
