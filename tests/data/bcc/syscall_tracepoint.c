// loads as: tracepoint
TRACEPOINT_PROBE(syscalls, sys_enter_openat) {
  char name[32];
  bpf_probe_read_user_str(name, sizeof(name), (void *)args->filename);
  return name[0];
}
