// loads as: compile only
KFUNC_PROBE(vfs_read, struct file *file, char *buffer, size_t count) { return count > 4096; }
