// A value of one map is put into another; it may not be there.
struct job {
  u64 begun;
  u64 bytes;
};
BPF_HASH(open_jobs, u32, struct job);
BPF_HASH(done_jobs, u32, struct job);

int on_return(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  struct job *job = open_jobs.lookup(&process);
  done_jobs.update(&process, job);  // refused here: null_argument
  open_jobs.delete(&process);
  return 0;
}
// suggested: after line 11: if (!job) return 0;
