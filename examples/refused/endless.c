// Refused: the loop waits until somebody opens the gate, and nothing proves that anybody ever does. A program must not
// wait: it looks, and is done. The loop of verifier.c in examples/probes has an end.
BPF_ARRAY(gate, u64, 1);
BPF_HASH(passed, u32, u64);

// @attach tracepoint:sched:sched_process_exec
int wait_and_count(void *ctx) {
  int zero = 0;
  u32 user = bpf_get_current_uid_gid();
  volatile u64 *open = gate.lookup(&zero);
  if (!open) return 0;
  while (!*open) continue;
  passed.increment(user);
  return 0;
}
