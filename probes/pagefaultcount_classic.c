// Page faults by task and CPU as the report counts them: one update of a hash, with the name in its key, an event.
// What pagefaultcount --classic attaches; dearer than probes/pagefaultcount.c, and shorter.

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct data_t {
  u32 pid;
  u64 cpu;
  char comm[TASK_COMM_LEN];
};

BPF_HASH(minflt_table, struct data_t);
BPF_HASH(majflt_table, struct data_t);

static inline __attribute__((always_inline)) void get_key(struct data_t *data) {
  data->cpu = bpf_get_smp_processor_id();
  data->pid = bpf_get_current_pid_tgid();
  bpf_get_current_comm(&(data->comm), sizeof(data->comm));
}

// @attach software:page-faults-min:1
int page_minflt(struct bpf_perf_event_data *ctx) {
  struct data_t data = {};
  get_key(&data);
  u64 zero = 0, *val;
  val = minflt_table.lookup_or_init(&data, &zero);
  (*val) += ctx->sample_period;
  return 0;
}

// @attach software:page-faults-maj:1
int page_majflt(struct bpf_perf_event_data *ctx) {
  struct data_t data = {};
  get_key(&data);
  u64 zero = 0, *val;
  val = majflt_table.lookup_or_init(&data, &zero);
  (*val) += ctx->sample_period;
  return 0;
}
