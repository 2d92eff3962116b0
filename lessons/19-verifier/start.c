// Which letters the notes begin with: of an order of N coins the first N. But the verifier says no.
#include <uapi/linux/ptrace.h>

BPF_HASH(letters, u32, u64);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  char note[64] = {};
  int count = PT_REGS_PARM2(ctx);
  if (count > sizeof(note) - 1) count = sizeof(note) - 1;
  bpf_probe_read_user(note, count, (void *)PT_REGS_PARM3(ctx));
  for (int i = 0; i < sizeof(note) && note[i]; ++i) {
    u32 letter = note[i];
    letters.increment(letter);
  }
  return 0;
}
