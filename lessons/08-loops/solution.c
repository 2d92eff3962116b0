// Counts the blanks in the customers' notes.
#include <uapi/linux/ptrace.h>

BPF_PERCPU_ARRAY(blanks, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  char note[64] = {};
  bpf_probe_read_user_str(note, sizeof(note), (void *)PT_REGS_PARM3(ctx));
  u64 count = 0;
  for (int i = 0; i < sizeof(note) && note[i]; ++i)
    if (note[i] == ' ') ++count;
  blanks.increment(0, count);
  return 0;
}
