// An address that a helper gave, read as if it were the program's own memory.
BPF_HASH(bytes, u64, u64);

int on_call(struct pt_regs *ctx) {
  u64 at = (u64)bpf_get_current_task() + 8;
  u8 *task = (u8 *)at;
  u64 first = 0;
  first += *task;  // refused here: plain_number
  bytes.increment(first);
  return 0;
}
// suggested: make line 8: { u8 copy = 0; bpf_probe_read_kernel(&copy, sizeof(copy), task); first += copy; }
