// The compiler leaves 4 bytes between the fields, which nobody writes.
struct place {
  u32 process;
  u64 address;
};
BPF_HASH(faults, struct place, u64);

int on_fault(struct pt_regs *ctx) {
  struct place place;
  place.process = bpf_get_current_pid_tgid() >> 32;
  place.address = PT_REGS_IP(ctx);
  faults.increment(place);  // refused here: stack_unset (before 6.1)
  return 0;
}
// suggested: make line 10: struct place place = {};
