// More is submitted than the value has.
struct line {
  u32 length;
  char text[64];
};
BPF_PERCPU_ARRAY(lines, struct line, 1);
BPF_PERF_OUTPUT(events);

int on_write(struct pt_regs *ctx) {
  int zero = 0;
  struct line *line = lines.lookup(&zero);
  if (!line) return 0;
  bpf_probe_read_user(line->text, sizeof(line->text), (void *)PT_REGS_PARM2(ctx));
  events.perf_submit(ctx, line, 4096);  // refused here: map_value (on 6.18)
  return 0;
}
// suggested: make line 14: events.perf_submit(ctx, line, sizeof(*line));
