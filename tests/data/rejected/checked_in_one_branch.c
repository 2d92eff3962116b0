// Checked where it is read, not where it is written.
BPF_HASH(counts, u32, u64);
BPF_HISTOGRAM(values);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *count = counts.lookup(&process);
  if (count) {
    values.increment(bpf_log2l(*count));
  }
  *count = PT_REGS_PARM3(ctx);  // refused here: plain_number
  return 0;
}
// suggested: after line 7: if (!count) return 0;
