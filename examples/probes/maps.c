// Maps: memory in the kernel that programs and user space share, by key and value. What the program counts in them,
// Sonda reads; it is there from one event to the next. Four kinds, fed with the programs that start.
#include <linux/sched.h>

struct name {
  char comm[TASK_COMM_LEN];
};

BPF_HASH(by_name, struct name, u64);    // any key
BPF_ARRAY(in_order, u32, 4);            // keys from 0 on, all of them there from the beginning
BPF_PERCPU_ARRAY(on_each_cpu, u64, 1);  // a value for each CPU: no two programs write to the same one
BPF_HISTOGRAM(name_lengths, int, 17);   // an array again, which is shown as a picture

// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  struct name name = {};
  bpf_get_current_comm(name.comm, sizeof(name.comm));
  by_name.increment(name);

  u32 pid = bpf_get_current_pid_tgid() >> 32;
  int slot = pid % 4;  // the last one whose pid ends so
  in_order.update(&slot, &pid);

  on_each_cpu.increment(0);

  int length = 0;
  while (length < TASK_COMM_LEN && name.comm[length]) ++length;
  name_lengths.increment(length);
  return 0;
}
