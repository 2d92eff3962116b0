// Either of the two is there; the other may not be.
BPF_HASH(reads, u32, u64);
BPF_HASH(writes, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *read = reads.lookup(&process);
  u64 *written = writes.lookup(&process);
  if (!read && !written) return 0;  // refused here: pointer_join (on 6.18)
  *read += 1;
  return 0;
}
