// Three lookups, none of which is asked about.
BPF_HASH(reads, u32, u64);
BPF_HASH(writes, u32, u64);
BPF_HASH(others, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *read = reads.lookup(&process);
  u64 *written = writes.lookup(&process);
  u64 *other = others.lookup(&process);
  *read += 1;  // refused here: unchecked_lookup
  *written += 1;
  *other += 1;
  return 0;
}
// suggested: after line 10: if (!read) return 0; if (!written) return 0; if (!other) return 0;
