// A loop over an array on the stack goes as far as the traced program says.
BPF_HISTOGRAM(sums);

int on_call(struct pt_regs *ctx) {
  u8 bytes[32] = {};
  u32 length = PT_REGS_PARM2(ctx);
  u32 sum = 0;
  bpf_probe_read_user(bytes, sizeof(bytes), (void *)PT_REGS_PARM1(ctx));
  for (u32 i = 0; i < length; i++) {
    sum += bytes[i];  // refused here: stack_read (on 6.18)
  }
  sums.increment(sum);
  return 0;
}
// suggested: make line 9: for (u32 i = 0; i < 32; i++) { asm volatile("" : "+r"(i)); if (!(i < length)) break;
