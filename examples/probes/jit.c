// The JIT: the kernel turns a program that it took into the processor's own instructions, and these are what runs.
// How many nanoseconds 1000 turns of a small loop take, measured by the program itself when a program is started.
//
// @param TURNS 1000 "turns of the loop"
#ifndef TURNS
#define TURNS 1000
#endif

BPF_HISTOGRAM(nanoseconds);
BPF_ARRAY(results, u32, 1);

// @attach tracepoint:sched:sched_process_exec
int measure(void *ctx) {
  u64 begin = bpf_ktime_get_ns();
  u32 number = begin | 1;
  for (int i = 0; i < TURNS; ++i) {  // a random number from the one before
    number ^= number << 13;
    number ^= number >> 17;
    number ^= number << 5;
  }
  int zero = 0;
  results.update(&zero, &number);  // or the compiler would leave the loop out
  nanoseconds.increment(bpf_log2l(bpf_ktime_get_ns() - begin));
  return 0;
}
