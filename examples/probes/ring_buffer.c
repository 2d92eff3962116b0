// A ring buffer: details of each event, in the order in which they happened on all CPUs together. One buffer for all.
#include <linux/sched.h>

struct exec {
  u64 time;  // ns since boot
  u32 pid, uid;
  char comm[TASK_COMM_LEN];
};

BPF_RINGBUF_OUTPUT(execs, 8);  // pages

// @show execs.time as time
// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  struct exec *exec = execs.ringbuf_reserve(sizeof(*exec));  // written where it is read: no copy
  if (!exec) return 0;  // no room: the run says how many were lost here
  exec->time = bpf_ktime_get_ns();
  exec->pid = bpf_get_current_pid_tgid() >> 32;
  exec->uid = bpf_get_current_uid_gid();
  bpf_get_current_comm(exec->comm, sizeof(exec->comm));
  execs.ringbuf_submit(exec, 0);
  return 0;
}
