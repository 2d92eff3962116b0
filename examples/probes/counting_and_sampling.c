// perf events, two ways: each event by itself, or so many samples a second. The same page faults, counted both ways.
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct process {
  char comm[TASK_COMM_LEN];
};

BPF_HASH(counted, struct process, u64);
BPF_HASH(estimated, struct process, u64);

// Each fault: the period is 1, the sum is exact.
// @attach software:page-faults:1
int on_fault(struct bpf_perf_event_data *ctx) {
  struct process process = {};
  bpf_get_current_comm(process.comm, sizeof(process.comm));
  counted.increment(process);
  return 0;
}

// 49 samples a second, as in the report: the kernel steers the period, and a sample stands for as many faults.
// @attach software:page-faults:hz:49
int on_sample(struct bpf_perf_event_data *ctx) {
  struct process process = {};
  bpf_get_current_comm(process.comm, sizeof(process.comm));
  estimated.increment(process, ctx->sample_period);
  return 0;
}
