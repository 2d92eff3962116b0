// The report's own program: prints what three functions of bash return, and leaves it to the reader to guess which of
// them belong together. For a first look; cdsnoop's own probe shows how not to guess.
#include <uapi/linux/ptrace.h>

// uretprobe on readline: the line that was typed
int printret(struct pt_regs *ctx) {
  if (!PT_REGS_RC(ctx)) return 0;
  char str[30] = {};
  bpf_probe_read_user(&str, sizeof(str), (void *)PT_REGS_RC(ctx));
  bpf_trace_printk("%s\n", &str);
  return 0;
}

// uretprobe on get_string_value: among other variables, the directory before the change
int printret1(struct pt_regs *ctx) {
  if (!PT_REGS_RC(ctx)) return 0;
  char str[30] = {};
  bpf_probe_read_user(&str, sizeof(str), (void *)PT_REGS_RC(ctx));
  bpf_trace_printk("%s\n", &str);
  return 0;
}

// uretprobe on get_name_for_error: an error message begins
int printerr(struct pt_regs *ctx) {
  if (!PT_REGS_RC(ctx)) return 0;
  char str[30] = {};
  bpf_probe_read_user(&str, sizeof(str), (void *)PT_REGS_RC(ctx));
  bpf_trace_printk("%s\n", &str);
  return 0;
}
