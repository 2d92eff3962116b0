// A helper writes to the stack or to a map's value, not to an address that came from somewhere.
int on_read(struct pt_regs *ctx) {
  char *buffer = (char *)PT_REGS_PARM2(ctx);
  bpf_get_current_comm(buffer, 16);  // refused here: argument
  return 0;
}
