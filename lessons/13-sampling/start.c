// Counts page faults, as the report's pagefaultcount does it. But is it true?
#include <uapi/linux/bpf_perf_event.h>

BPF_PERCPU_ARRAY(faults, u64, 1);

// @attach software:page-faults:hz:49
int on_fault(struct bpf_perf_event_data *ctx) {
  faults.increment(0, ctx->sample_period);
  return 0;
}
