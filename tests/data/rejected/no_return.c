// The function ends without a value.
int on_call(struct pt_regs *ctx) {
  volatile u64 address = PT_REGS_IP(ctx);
}  // refused here: no_return
// suggested: before line 4: return 0;
