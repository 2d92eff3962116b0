// tracepoint by pattern: one program at every tracepoint that matches, here at the entry of every system call that asks
// about a file. Counts them by number and by process.
struct call {
  u32 pid;
  u32 number;  // as in asm/unistd.h
};

// What these tracepoints have in common: 8 bytes that every tracepoint has, then the call's number and arguments.
struct entry {
  u64 common;
  s32 number;
  u64 arguments[6];
};

BPF_HASH(calls, struct call, u64);

// @attach tracepoint:syscalls:sys_enter_*stat*
int on_call(struct entry *entry) {
  struct call call = {.pid = bpf_get_current_pid_tgid() >> 32, .number = entry->number};
  calls.increment(call);
  return 0;
}
