// interval: runs every so often, once, on one CPU: to write down now and then what others count all the time.
// How many programs were started in each tenth of a second.
struct tick {
  u64 time;     // ns since boot
  u64 started;  // programs
};

BPF_ARRAY(started, u64, 1);
BPF_PERF_OUTPUT(ticks);

// @show ticks.time as time
// @attach tracepoint:sched:sched_process_exec
int on_exec(void *ctx) {
  started.atomic_increment(0);
  return 0;
}

// @attach interval:ms:100
int on_tick(struct bpf_perf_event_data *ctx) {
  int zero = 0;
  u64 *count = started.lookup(&zero);
  if (!count) return 0;
  struct tick tick = {.time = bpf_ktime_get_ns(), .started = *count};
  __sync_fetch_and_sub(count, tick.started);
  ticks.perf_submit(ctx, &tick, sizeof(tick));
  return 0;
}
