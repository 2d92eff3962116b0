// A USDT probe with arguments: which C++ exceptions are thrown, by type and process, caught or not.
//
// libstdc++ marks the place with sys/sdt.h; `readelf -n LIBRARY` lists a binary's probes and their arguments.
// bpf_usdt_readarg() gets an argument's value, wherever the compiler keeps it, and extends its sign;
// bpf_usdt_readarg_p() reads what the argument points to.
#include <uapi/linux/ptrace.h>

struct exception {
  u32 pid;
  char type[32]; // as compilers write it: "St13runtime_error"
};

BPF_HASH(thrown, struct exception, u64);

// @attach usdt:stdc++:libstdcxx:throw
int on_throw(struct pt_regs *ctx) {
  struct exception exception = {};
  u64 type_info, name;
  if (bpf_usdt_readarg(2, ctx, &type_info)) return 0;
  // The second word of a std::type_info is its name.
  bpf_probe_read_user(&name, sizeof(name), (void *)(type_info + 8));
  bpf_probe_read_user_str(exception.type, sizeof(exception.type), (void *)name);
  exception.pid = bpf_get_current_pid_tgid() >> 32;
  thrown.increment(exception);
  return 0;
}
