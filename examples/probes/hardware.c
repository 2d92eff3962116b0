// hardware: samples what the processor counts, here once each 100 000 cache misses: by the process that had them. Many
// virtual machines have no such counters (no PMU); software:cpu-clock:1000000, a sample each millisecond, is near.
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct process {
  u32 pid;
  char comm[TASK_COMM_LEN];
};

BPF_HASH(misses, struct process, u64);

// @attach hardware:cache-misses:100000
int on_misses(struct bpf_perf_event_data *ctx) {
  struct process process = {.pid = bpf_get_current_pid_tgid() >> 32};
  bpf_get_current_comm(process.comm, sizeof(process.comm));
  misses.increment(process, ctx->sample_period);
  return 0;
}
