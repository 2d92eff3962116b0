// Events of 256 bytes, faster than they are read.
struct event {
  u64 time;
  char rest[248];
};
BPF_RINGBUF_OUTPUT(events, 8192);

TRACEPOINT_PROBE(syscalls, sys_enter_read) {
  struct event event = {.time = bpf_ktime_get_ns()};
  events.ringbuf_output(&event, sizeof(event), 0);
  return 0;
}
