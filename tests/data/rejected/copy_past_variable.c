// The size is not that of the variable that is written.
BPF_HASH(names, u32, u64);

int on_call(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 name = 0;
  bpf_probe_read_kernel(&name, 64, (void *)PT_REGS_PARM1(ctx));  // refused here: stack_write
  names.update(&process, &name);
  return 0;
}
// suggested: make line 7: bpf_probe_read_kernel(&name, sizeof(name), (void *)PT_REGS_PARM1(ctx));
