// loads as: compile only
BPF_ITER(task) {
  struct seq_file *seq = ctx->meta->seq;
  struct task_struct *task = ctx->task;
  if (task == (void *)0) return 0;
  struct { u32 pid; } row = {.pid = task->pid};
  bpf_seq_write(seq, &row, sizeof(row));
  return 0;
}
