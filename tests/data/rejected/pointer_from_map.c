// An address that was kept in a map is a number when it comes back.
BPF_HASH(buffers, u64, u64);
BPF_HISTOGRAM(first_bytes);

int on_return(struct pt_regs *ctx) {
  u64 thread = bpf_get_current_pid_tgid();
  u64 *buffer = buffers.lookup(&thread);
  if (!buffer) return 0;
  char *text = (char *)*buffer;
  first_bytes.increment(text[0]);  // refused here: plain_number
  return 0;
}
// suggested: make line 10: { char copy = 0; bpf_probe_read_kernel(&copy, sizeof(copy), &text[0]); first_bytes.increment(copy); }
