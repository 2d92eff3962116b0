// A helper that no kernel has.
static long (*bpf_of_tomorrow)(void) = (void *)9999;

int on_call(struct pt_regs *ctx) {
  bpf_of_tomorrow();  // refused here: helper_unknown
  return 0;
}
