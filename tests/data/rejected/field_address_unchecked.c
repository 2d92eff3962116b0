// The address of a field is an addition to the pointer, and comes before the check.
struct who {
  u64 calls;
  char comm[16];
};
BPF_HASH(seen, u32, struct who);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  struct who *who = seen.lookup(&process);
  bpf_get_current_comm(who->comm, sizeof(who->comm));  // refused here: null_arithmetic
  return 0;
}
// suggested: after line 10: if (!who) return 0;
