// Minor and major page faults of each task on each CPU: what pagefaultcount attaches.
//
// A task mostly faults many times in a row. Its counts are gathered in a one-entry array of the CPU, and go to the hash
// when another task (or the same under another name, after exec) faults there. docs/pagefaultcount.md has the figures.
//
// @param ENTRIES 16384 "tasks on CPUs that are kept apart"

#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>
#include <uapi/linux/ptrace.h>

#ifndef ENTRIES
#define ENTRIES 16384
#endif
#define INLINE static inline __attribute__((always_inline))
#define KEEP_ORDER() asm volatile("" ::: "memory")  // of the compiler; x86-64 keeps its own

struct task_key {
  u32 tid, tgid;
  char comm[16];
  u32 cpu, unused;
};

struct faults {
  u64 min, maj;
};

// A reader copies it from the front: with both counts of changes equal, the copy is of one moment.
struct latest {
  u64 changes_done;
  struct task_key task;
  struct faults faults;  // not yet in `tasks`
  u64 changes_begun;
};

BPF_HASH(tasks, struct task_key, struct faults, ENTRIES);
BPF_PERCPU_ARRAY(latest_task, struct latest, 1);
BPF_PERCPU_ARRAY(refused, struct faults, 1);  // found no room in `tasks`

// No two runs on one CPU overlap, and the key has the CPU: plain additions lose nothing.
INLINE void add(struct faults *to, const struct faults *from) {
  to->min += from->min;
  to->maj += from->maj;
}

INLINE void write_back(struct latest *latest) {
  if (!(latest->faults.min | latest->faults.maj)) return;
  struct faults *known = tasks.lookup(&latest->task);
  if (known) {
    add(known, &latest->faults);
  } else if (tasks.update(&latest->task, &latest->faults)) {
    int only = 0;
    struct faults *lost = refused.lookup(&only);
    if (lost) add(lost, &latest->faults);
  }
}

INLINE void change_task(struct latest *latest, u32 tid, u32 tgid, const u64 *name) {
  u64 *latest_name = (u64 *)latest->task.comm;
  latest->changes_begun++;
  KEEP_ORDER();
  write_back(latest);
  latest->task.tid = tid;
  latest->task.tgid = tgid;
  latest_name[0] = name[0];
  latest_name[1] = name[1];
  latest->task.cpu = bpf_get_smp_processor_id();
  latest->faults.min = latest->faults.maj = 0;
  KEEP_ORDER();
  latest->changes_done++;
}

// Where the current task's faults are to be added; null never happens, but the verifier cannot know.
INLINE struct faults *count_of_current(void) {
  int only = 0;
  struct latest *latest = latest_task.lookup(&only);
  if (!latest) return 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
  // Read in place: calls of helpers would cost more than all the rest.
  const struct task_struct *task = (void *)bpf_get_current_task_btf();
  const u64 *name = (const u64 *)task->comm;
  u64 now[2] = {name[0], name[1]};
  u32 tid = task->pid, tgid = task->tgid;
#else
  u64 now[2] = {}, id = bpf_get_current_pid_tgid();
  u32 tid = id, tgid = id >> 32;
  bpf_get_current_comm(now, sizeof(now));
#endif
  const u64 *latest_name = (const u64 *)latest->task.comm;
  if (latest->task.tid != tid || latest->task.tgid != tgid || latest_name[0] != now[0] || latest_name[1] != now[1])
    change_task(latest, tid, tgid, now);
  return &latest->faults;
}

// @attach software:page-faults-min:1
int page_minflt(struct bpf_perf_event_data *ctx) {
  struct faults *count = count_of_current();
  if (count) count->min += ctx->sample_period;
  return 0;
}

// @attach software:page-faults-maj:1
int page_majflt(struct bpf_perf_event_data *ctx) {
  struct faults *count = count_of_current();
  if (count) count->maj += ctx->sample_period;
  return 0;
}
