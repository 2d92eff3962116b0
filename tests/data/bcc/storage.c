// loads as: compile only
struct value_t { u64 a; };
BPF_SK_STORAGE(of_socket, struct value_t);
BPF_INODE_STORAGE(of_inode, struct value_t);
BPF_TASK_STORAGE(of_task, struct value_t);
LSM_PROBE(inode_rename, struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
          struct dentry *new_dentry, unsigned int flags) {
  struct value_t *value = of_inode.inode_storage_get(old_dentry->d_inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  return value ? 0 : -1;
}
KFUNC_PROBE(inet_listen) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct value_t *value = of_task.task_storage_get(task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  return value != 0;
}
