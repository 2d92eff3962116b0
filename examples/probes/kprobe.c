// kprobe: runs when a function of the kernel is called. Its parameters are the function's own, in the registers.
// Counts how often each program asks for a file by name, and shows the last name that it asked for.
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct program {
  char comm[TASK_COMM_LEN];
};
struct opened {
  u64 times;
  char last[64];
};

BPF_HASH(opens, struct program, struct opened);

// `sys_NAME` is the system call NAME, whatever its function is called on the running kernel; such a function's parameters
// are in a structure that its own first one points to, and BCC looks there because the name begins with `syscall__`.
// By that name alone BCC would attach it; @attach says the same.
// @attach kprobe:sys_openat
int syscall__openat(struct pt_regs *ctx, int folder, const char *name) {
  struct program program = {};
  struct opened none = {};
  bpf_get_current_comm(program.comm, sizeof(program.comm));
  struct opened *opened = opens.lookup_or_try_init(&program, &none);
  if (!opened) return 0;
  __sync_fetch_and_add(&opened->times, 1);
  bpf_probe_read_user_str(opened->last, sizeof(opened->last), name);
  return 0;
}
