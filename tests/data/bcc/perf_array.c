// loads as: kprobe
BPF_PERF_ARRAY(cycles, 8);
int f(struct pt_regs *ctx) {
  struct bpf_perf_event_value value = {};
  if ((s64)cycles.perf_read(CUR_CPU_IDENTIFIER) < 0) return 1;
  return cycles.perf_counter_value(CUR_CPU_IDENTIFIER, &value, sizeof(value)) + value.counter;
}
