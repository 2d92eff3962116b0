// loads as: kprobe
#include <linux/sched.h>
int f(struct pt_regs *ctx) {
  char comm[TASK_COMM_LEN];
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  u64 pid_tgid = bpf_get_current_pid_tgid(), uid_gid = bpf_get_current_uid_gid();
  bpf_get_current_comm(&comm, sizeof(comm));
  return pid_tgid + uid_gid + comm[0] + task->tgid + bpf_get_current_cgroup_id();
}
