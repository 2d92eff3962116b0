// loads as: tracepoint
TRACEPOINT_PROBE(sched, sched_switch) {
  bpf_trace_printk("%d %s\n", args->next_pid, args->next_comm);
  return 0;
}
