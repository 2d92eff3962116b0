// Two lookups in one condition, of which one is asked about.
BPF_HASH(reads, u32, u64);
BPF_HASH(writes, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *read = reads.lookup(&process);
  u64 *written = writes.lookup(&process);
  if (!read) return 0;
  *read += 1;
  *written += 1;  // refused here: unchecked_lookup
  return 0;
}
// suggested: after line 8: if (!written) return 0;
