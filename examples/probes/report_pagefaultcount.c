// The report's second tool, pagefaultcount: page faults by task and CPU, in two hashes that are read at the end. With a
// period of 1, where the report has 49 samples a second: each fault counts, and the sums are exact.
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct data_t {
  u32 pid;
  u64 cpu;
  char comm[TASK_COMM_LEN];
};

BPF_HASH(min_flt_table, struct data_t);
BPF_HASH(maj_flt_table, struct data_t);

static inline void get_key(struct data_t *data) {
  data->cpu = bpf_get_smp_processor_id();
  data->pid = bpf_get_current_pid_tgid();
  bpf_get_current_comm(data->comm, sizeof(data->comm));
}

// @attach software:page-faults-min:1
int page_min_flt(struct bpf_perf_event_data *ctx) {
  struct data_t data = {};
  get_key(&data);
  min_flt_table.increment(data, ctx->sample_period);
  return 0;
}

// @attach software:page-faults-maj:1
int page_maj_flt(struct bpf_perf_event_data *ctx) {
  struct data_t data = {};
  get_key(&data);
  maj_flt_table.increment(data, ctx->sample_period);
  return 0;
}
