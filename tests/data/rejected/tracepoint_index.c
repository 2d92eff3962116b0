// A field of a tracepoint as an index.
static u64 by_state[8];

TRACEPOINT_PROBE(sched, sched_switch) {
  by_state[args->prev_state]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: make line 5: { u64 at = args->prev_state; if (at < 8) by_state[at]++; }
