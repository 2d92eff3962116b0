// Counts context switches of each thread.
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct task {
  u32 tid;
  char comm[TASK_COMM_LEN];
};

BPF_HASH(switches, struct task, u64);

int on_switch(struct bpf_perf_event_data *ctx) {
  struct task task = {};
  task.tid = bpf_get_current_pid_tgid();
  bpf_get_current_comm(&task.comm, sizeof(task.comm));
  switches.increment(task);
  return 0;
}
