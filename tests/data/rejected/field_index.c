// The index is a field of the value, which may have changed.
struct state {
  u32 next;
  u64 when[8];
};
BPF_ARRAY(states, struct state, 1);

int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct state *state = states.lookup(&zero);
  if (!state) return 0;
  state->when[state->next] = bpf_ktime_get_ns();  // refused here: unbounded (on 6.18)
  return 0;
}
// suggested: make line 12: { u64 at = state->next; if (at < 8) state->when[at] = bpf_ktime_get_ns(); }
