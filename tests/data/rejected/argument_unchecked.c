// A value that may not be there is handed on to a helper.
BPF_HASH(now_at, u32, u64);
BPF_HASH(was_at, u32, u64);

int on_move(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 *place = now_at.lookup(&process);
  was_at.update(&process, place);  // refused here: null_argument
  return 0;
}
// suggested: after line 7: if (!place) return 0;
