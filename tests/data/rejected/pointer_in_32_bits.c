// A pointer does not fit a 32-bit variable.
int on_call(struct pt_regs *ctx) {
  volatile u32 low;
  asm volatile("*(u32 *)%0 = %1" : "=m"(low) : "r"(ctx));  // refused here: spill_size
  return 0;
}
