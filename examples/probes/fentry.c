// fentry and fexit: as kprobe and kretprobe, but the kernel jumps straight into the program, and the parameters come by
// name and type, from the kernel's BTF. fexit sees the parameters and the result together: no map between the two.
// Counts the files that programs open: those that were there, and those that were not.
#include <linux/fs.h>

BPF_HASH(opens, u32, u64);   // by process
BPF_HASH(failed, long, u64); // by error number, negative

// BCC's way: KFUNC_PROBE(FUNCTION, PARAMETER...) and KRETFUNC_PROBE(FUNCTION, PARAMETER..., RESULT).
KFUNC_PROBE(do_filp_open, int folder, struct filename *name, const struct open_flags *flags) {
  opens.increment(bpf_get_current_pid_tgid() >> 32);
  return 0;
}

KRETFUNC_PROBE(do_filp_open, int folder, struct filename *name, const struct open_flags *flags, struct file *result) {
  long number = (long)result;
  if (number < 0 && number >= -4095) failed.increment(number);
  return 0;
}
