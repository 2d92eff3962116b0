// Registers of the traced program are read, not set.
int on_call(struct pt_regs *ctx) {
  ctx->ax = 0;  // refused here: context
  return 0;
}
