// The field is asked for, and read again behind a call.
struct state {
  u32 next;
  u64 when[8];
};
BPF_ARRAY(states, struct state, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct state *state = states.lookup(&zero);
  if (!state) return 0;
  if (state->next >= 8) return 0;
  u64 now = bpf_ktime_get_ns();
  state->when[state->next] = now;  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: before line 14: if (state->next >= 8) return 0;
