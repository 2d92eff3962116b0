// bpf_trace_printk: a line of text to trace_pipe, the kernel's one pipe for everybody. Good for a first look, not for a
// tool: three values at most, text for people that a program must take apart again, and whoever reads it first has it.
#include <linux/sched.h>

// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  char comm[TASK_COMM_LEN];
  bpf_get_current_comm(comm, sizeof(comm));
  bpf_trace_printk("%s is started by user %d\n", comm, (u32)bpf_get_current_uid_gid());
  return 0;
}
