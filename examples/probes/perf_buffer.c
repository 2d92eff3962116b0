// A perf buffer: details of each event, as ring_buffer.c has them, by a buffer for each CPU. Older (Linux 4.4), it
// counts itself what it loses, and events of different CPUs may come out of order: sort them by time where it matters.
#include <linux/sched.h>

struct exec {
  u64 time;  // ns since boot
  u32 pid, uid;
  char comm[TASK_COMM_LEN];
};

BPF_PERF_OUTPUT(execs);

// @show execs.time as time
// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  struct exec exec = {.time = bpf_ktime_get_ns()};  // on the stack, and copied from there
  exec.pid = bpf_get_current_pid_tgid() >> 32;
  exec.uid = bpf_get_current_uid_gid();
  bpf_get_current_comm(exec.comm, sizeof(exec.comm));
  execs.perf_submit(ctx, &exec, sizeof(exec));
  return 0;
}
