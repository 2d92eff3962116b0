// iter: runs once for each object of a kind, here each thread, whenever it is read, and writes text: a ps(1) of one's own.
#include <linux/sched.h>

// BCC's way: BPF_ITER(TARGET); `ctx` has the object and where to write to. At the end it runs once more, without object.
BPF_ITER(task) {
  struct seq_file *out = ctx->meta->seq;
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  if (ctx->meta->seq_num == 0) {
    const char title[] = "  THREAD  PROCESS  NAME\n";
    bpf_seq_write(out, title, sizeof(title) - 1);
  }
  const char line[] = "%8d %8d  %s\n";
  u64 values[] = {task->pid, task->tgid, (u64)task->comm};
  bpf_seq_printf(out, line, sizeof(line), values, sizeof(values));
  return 0;
}
