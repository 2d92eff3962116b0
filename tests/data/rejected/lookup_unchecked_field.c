// A field of a value that may not be there, deep in a branch.
struct stats {
  u64 calls;
  u64 bytes;
};
BPF_HASH(by_process, u32, struct stats);

int on_write(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 size = PT_REGS_PARM3(ctx);
  struct stats *stats = by_process.lookup(&process);
  if (size > 0) {
    stats->calls++;  // refused here: unchecked_lookup
    stats->bytes += size;
  }
  return 0;
}
// suggested: after line 11: if (!stats) return 0;
