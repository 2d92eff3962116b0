// tracepoint: a place that the kernel's developers have marked, with fields that stay as they are from version to version:
// /sys/kernel/tracing/events/CATEGORY/NAME/format lists them. Sends an event for each program that is started.
#include <linux/sched.h>

struct exec {
  u32 pid, old_pid;
  char comm[TASK_COMM_LEN];
  char file[64];
};

BPF_PERF_OUTPUT(execs);

// BCC's way: TRACEPOINT_PROBE(CATEGORY, NAME), which makes `args` with those fields.
TRACEPOINT_PROBE(sched, sched_process_exec) {
  struct exec exec = {.pid = args->pid, .old_pid = args->old_pid};
  bpf_get_current_comm(exec.comm, sizeof(exec.comm));
  TP_DATA_LOC_READ_STR(exec.file, filename, sizeof(exec.file));
  execs.perf_submit(args, &exec, sizeof(exec));
  return 0;
}
