// The address of a kernel object, followed as if it were the program's own memory.
BPF_HASH(sizes, u32, u64);

int on_send(struct pt_regs *ctx) {
  u32 process = bpf_get_current_pid_tgid() >> 32;
  u64 address = PT_REGS_PARM2(ctx);
  u64 size = *(u64 *)address;  // refused here: plain_number
  sizes.update(&process, &size);
  return 0;
}
// suggested: make line 7: u64 size = 0; bpf_probe_read_kernel(&size, sizeof(size), (void *)address);
