// The verifier: before a program runs, the kernel follows every path through it, and takes it only if it ends and
// touches nothing but what it may. Careless twins of these two functions are in examples/refused: unchecked.c,
// endless.c.
#include <linux/sched.h>

BPF_HASH(by_user, u32, u64);
BPF_HASH(by_ancestor, u32, u64);

// A lookup may find nothing: what it gives is memory only after a look whether it is 0.
// @attach tracepoint:sched:sched_process_exec
int count_users(void *ctx) {
  u32 user = bpf_get_current_uid_gid();
  u64 zero = 0, *count = by_user.lookup_or_try_init(&user, &zero);
  if (!count) return 0;
  *count += 1;
  return 0;
}

// A loop has an end that the verifier can see. It walks through all turns: VERIFIED of `sonda check` is larger than
// INSNS.
// @attach tracepoint:sched:sched_process_exec
int count_ancestors(void *ctx) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  for (int i = 0; i < 16 && task->real_parent->pid > 1; ++i) task = task->real_parent;
  u32 ancestor = task->pid;  // below init
  by_ancestor.increment(ancestor);
  return 0;
}
