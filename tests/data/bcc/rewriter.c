// loads as: kprobe
#include <linux/sched.h>
#include <linux/nsproxy.h>
static struct task_struct *parent_of(struct task_struct *task) { return task->real_parent; }
int f(struct pt_regs *ctx, struct file *file) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  struct task_struct *parent = parent_of(task);
  struct inode *inode = file->f_inode;
  return parent->tgid + inode->i_ino + file->f_path.dentry->d_name.len + task->nsproxy->pid_ns_for_children->level;
}
