// The pointer is declared beside another variable.
BPF_HASH(faults, u32, u64);

int on_fault(struct pt_regs *ctx) {
  u32 key = bpf_get_smp_processor_id();
  u64 one = 1, *n = faults.lookup(&key);
  *n += one;  // refused here: unchecked_lookup
  return 0;
}
// suggested: after line 6: if (!n) return 0;
