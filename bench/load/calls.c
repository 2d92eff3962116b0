// An event for each getpgid() of `work`.
struct call { u64 time; u32 thread; char name[16]; };
BPF_RINGBUF_OUTPUT(calls, 64);
// @event calls struct call
// @attach tracepoint:syscalls:sys_enter_getpgid
int on_call(void *ctx) {
  struct call call = {.time = bpf_ktime_get_ns(), .thread = bpf_get_current_pid_tgid()};
  bpf_get_current_comm(call.name, sizeof(call.name));
  if (call.name[0] != 'w' || call.name[1] != 'o' || call.name[2] != 'r' || call.name[3] != 'k') return 0;
  calls.ringbuf_output(&call, sizeof(call), 0);
  return 0;
}
