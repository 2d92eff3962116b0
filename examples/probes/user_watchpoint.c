// A watchpoint: who writes to a variable of a program, and how often each place in its code does.
//
// The processor itself watches, so the program is as fast as ever. The address is that of the variable when the program
// runs; for one that is not moved (linked with -no-pie) it is what `nm` prints. Put your own into a copy of this file.
// $PID is the process that Sonda starts, or is told of with -p.
#include <uapi/linux/bpf_perf_event.h>

struct place {
  u32 pid;
  u64 code; // the instruction after the write
};

// @show writers.code as usym
BPF_HASH(writers, struct place, u64);

// @attach watchpoint:0x404060:8:w pid=$PID
int on_write(struct bpf_perf_event_data *ctx) {
  struct place place = {};
  place.pid = bpf_get_current_pid_tgid() >> 32;
  place.code = PT_REGS_IP(&ctx->regs);
  writers.increment(place);
  return 0;
}
