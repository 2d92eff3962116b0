// C++ functions by the names that people write: allocations of every program that uses libstdc++, by size.
//
// In quotes the whole name, "operator new(unsigned long)"; a pattern works too: "std::basic_string*::append*".
#include <uapi/linux/ptrace.h>

BPF_HISTOGRAM(sizes);

// @attach uprobe:stdc++:"operator new(unsigned long)"
int on_new(struct pt_regs *ctx) {
  sizes.increment(bpf_log2l(PT_REGS_PARM1(ctx)));
  return 0;
}
