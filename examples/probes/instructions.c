// The instruction set: a handful of machine-like instructions on eleven registers of 64 bits. r1 holds the context when
// the program begins, r0 the result when it ends, r10 the top of its stack; helpers take their arguments in r1 to r5.
// `sonda check` counts the instructions.
#include <uapi/linux/ptrace.h>

BPF_ARRAY(sums, u64, 1);

// A program runs because an event happens, never by itself: here because bash changes its directory.
// @attach uprobe:bash:cd_builtin
int add_up(struct pt_regs *ctx) {
  u64 sum = PT_REGS_PARM1(ctx) & 0xff;  // a load from [r1], an and
  sum = sum * 3 + 7;                    // a multiplication, an addition
  sums.atomic_increment(0, sum);        // a call, a comparison with 0, an atomic addition
  return 0;                             // r0 = 0, exit
}
