// What was just put into a full map may not be there.
BPF_HASH(counts, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 zero = 0;
  counts.update(&process, &zero);
  u64 *count = counts.lookup(&process);
  __sync_fetch_and_add(count, 1);  // refused here: unchecked_lookup
  return 0;
}
// suggested: after line 8: if (!count) return 0;
