// @param FREQ 49 "samples a second"
// @map counts max_entries=4096
// @event events struct row
BPF_HASH(counts, u32, u64);

// @attach uprobe:/bin/bash:readline+0x10
// @attach software:page-faults-min:1
int on_readline(struct pt_regs *ctx) {
  return 0;
}

/* @attach tracepoint:sched:sched_switch */
TRACEPOINT_PROBE(sched, sched_switch) { return 0; }
