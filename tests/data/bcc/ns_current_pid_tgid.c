// loads as: kprobe
int f(struct pt_regs *ctx) {
  struct bpf_pidns_info ns = {};
  if (bpf_get_ns_current_pid_tgid(3, 4026531836, &ns, sizeof(struct bpf_pidns_info))) return 0;
  return ns.pid;
}
