// The other half of shared_tracing.c: counts the packets on an interface under the name of the program started last.
#include <linux/sched.h>
#include <uapi/linux/bpf.h>

struct program {
  char comm[TASK_COMM_LEN];
};
struct counts {
  u64 starts, packets;
};

// @map programs shared
BPF_HASH(programs, struct program, struct counts);
// @map latest shared
BPF_ARRAY(latest, struct program, 1);

// @attach socket:lo
int on_packet(struct __sk_buff *skb) {
  int zero = 0;
  struct program *program = latest.lookup(&zero);
  struct counts *counts = program ? programs.lookup(program) : 0;
  if (counts) __sync_fetch_and_add(&counts->packets, 1);
  return 0;
}
