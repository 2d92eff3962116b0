// A function of its own uses what it is given, unchecked.
BPF_HASH(counts, u32, u64);

__attribute__((noinline)) static u64 value_of(u32 process) {
  u64 *count = counts.lookup(&process);
  return *count;  // refused here: unchecked_lookup
}

int on_call(struct pt_regs *ctx) {
  u64 value = value_of(bpf_get_current_pid_tgid() >> 32);
  return value > 100;
}
// suggested: before line 6: if (!count) return 0;
