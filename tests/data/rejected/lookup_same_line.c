// The lookup and its use on one line.
BPF_HASH(faults, u32, u64);

int on_fault(struct pt_regs *ctx) {
  u32 key = bpf_get_smp_processor_id();
  u64 *n = faults.lookup(&key); *n += 1;  // refused here: unchecked_lookup
  return 0;
}
// suggested: make line 6: u64 *n = faults.lookup(&key); if (!n) return 0; *n += 1;
