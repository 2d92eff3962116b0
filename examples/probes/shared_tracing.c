// A map that programs of different types share: this one traces, the one in shared_network.c sees packets. Run both
// files together. Here: which program was started last, and how often each one was.
#include <linux/sched.h>

struct program {
  char comm[TASK_COMM_LEN];
};
struct counts {
  u64 starts;   // written here
  u64 packets;  // written by the other
};

// Every file of the run that says so gets the same map. BPF_TABLE_PUBLIC here, BPF_TABLE("extern", ...) there would do
// the same.
// @map programs shared
BPF_HASH(programs, struct program, struct counts);
// @map latest shared
BPF_ARRAY(latest, struct program, 1);

// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  int zero = 0;
  struct program program = {};
  struct counts none = {}, *counts;
  bpf_get_current_comm(program.comm, sizeof(program.comm));
  latest.update(&zero, &program);
  counts = programs.lookup_or_try_init(&program, &none);
  if (counts) __sync_fetch_and_add(&counts->starts, 1);
  return 0;
}
