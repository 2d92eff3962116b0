// Counts page faults, each one.
#include <uapi/linux/bpf_perf_event.h>

BPF_PERCPU_ARRAY(faults, u64, 1);

// @attach software:page-faults:1
int on_fault(struct bpf_perf_event_data *ctx) {
  faults.increment(0, ctx->sample_period);
  return 0;
}
