// Sends an event for each program that is started.
#include <linux/sched.h>

struct exec {
  u64 time; // ns since boot
  u32 pid;
  u32 uid;
  char comm[TASK_COMM_LEN];
};

// @event execs struct exec
// @show time as time
BPF_RINGBUF_OUTPUT(execs, 16);

int on_exec(void *ctx) {
  struct exec *event = execs.ringbuf_reserve(sizeof(*event));
  if (!event) return 0;
  event->time = bpf_ktime_get_ns();
  event->pid = bpf_get_current_pid_tgid() >> 32;
  event->uid = bpf_get_current_uid_gid();
  bpf_get_current_comm(&event->comm, sizeof(event->comm));
  execs.ringbuf_submit(event, 0);
  return 0;
}
