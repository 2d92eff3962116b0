// A value on the stack that is not at a multiple of its size.
int on_call(struct pt_regs *ctx) {
  u64 now = bpf_ktime_get_ns();
  asm volatile("*(u64 *)(r10 - 12) = %0" : : "r"(now));  // refused here: stack_misaligned
  return 0;
}
