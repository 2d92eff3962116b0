// btftracepoint: a tracepoint whose arguments come as the kernel's own objects, by type. How long each thread waited for a
// CPU, from being woken up to running.
#include <linux/sched.h>

BPF_HASH(woken, u32, u64);  // when, by thread
BPF_HISTOGRAM(waited);      // powers of two of nanoseconds

// The program gets the arguments one after the other, in 64 bits each; the kernel knows their types.
// @attach btftracepoint:sched_wakeup
int on_wakeup(u64 *ctx) {
  struct task_struct *task = (struct task_struct *)ctx[0];
  u32 thread = task->pid;
  u64 now = bpf_ktime_get_ns();
  woken.update(&thread, &now);
  return 0;
}

// @attach btftracepoint:sched_switch
int on_switch(u64 *ctx) {
  struct task_struct *next = (struct task_struct *)ctx[2];
  u32 thread = next->pid;
  u64 *since = woken.lookup(&thread);
  if (!since) return 0;
  waited.increment(bpf_log2l(bpf_ktime_get_ns() - *since));
  woken.delete(&thread);
  return 0;
}
