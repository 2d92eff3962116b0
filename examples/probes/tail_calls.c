// Tail calls: a program goes on in another one and does not come back; the other gets the same context, on the same
// piece of stack. The table of programs can be changed while they run. 33 calls in a row are the most.
#include <linux/sched.h>

BPF_PROG_ARRAY(steps, 3);
BPF_HASH(reached, u32, u64);  // by step

// @attach tracepoint:sched:sched_process_exec
int first(void *ctx) {
  u32 step = 1, fallback = 99;
  reached.increment(step);
  steps.call(ctx, (u32)bpf_get_current_uid_gid() ? 1 : 0);
  reached.increment(fallback);  // only if that slot is empty
  return 0;
}

// @tailcall steps[0] = for_root
int for_root(void *ctx) {
  u32 step = 2;
  reached.increment(step);
  steps.call(ctx, 2);
  return 0;
}

// @tailcall steps[1] = for_others
int for_others(void *ctx) {
  u32 step = 3;
  reached.increment(step);
  return 0;
}

// @tailcall steps[2] = last
int last(void *ctx) {
  u32 step = 4;
  reached.increment(step);
  return 0;
}
