// loads as: compile only
KRETFUNC_PROBE(vfs_read, struct file *file, char *buffer, size_t count, loff_t *position, ssize_t ret) {
  return ret < 0;
}
