// loads as: raw_tracepoint
RAW_TRACEPOINT_PROBE(sched_switch) {
  struct task_struct *next = (struct task_struct *)ctx->args[2];
  s32 pid;
  bpf_probe_read_kernel(&pid, sizeof(pid), &next->pid);
  return pid;
}
