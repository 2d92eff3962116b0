// The report's first tool, cdsnoop, as the report has it: what three functions of bash return, in trace_pipe. Which
// lines belong together is left to the reader, who can only guess: that is why the tool cdsnoop does it otherwise.
#include <uapi/linux/ptrace.h>

static inline int print_result(struct pt_regs *ctx, const char *of) {
  if (!PT_REGS_RC(ctx)) return 0;
  char text[30] = {};
  bpf_probe_read_user(text, sizeof(text), (void *)PT_REGS_RC(ctx));
  bpf_trace_printk("%s %s\n", of, text);
  return 0;
}

// The line that was typed.
// @attach uretprobe:/bin/bash:readline
int printret(struct pt_regs *ctx) {
  char of[] = "line";
  return print_result(ctx, of);
}

// The directory before the change, among other variables.
// @attach uretprobe:/bin/bash:get_string_value
int printret1(struct pt_regs *ctx) {
  char of[] = "variable";
  return print_result(ctx, of);
}

// An error message begins.
// @attach uretprobe:/bin/bash:get_name_for_error
int printerr(struct pt_regs *ctx) {
  char of[] = "error";
  return print_result(ctx, of);
}
