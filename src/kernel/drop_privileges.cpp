#include "kernel/drop_privileges.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernel/arch.h"
#include "kernel/privilege.h"
#include "sonda/error.h"

namespace sonda {
namespace {

Error failed(std::string_view doing) { return system_error(Stage::kernel, "dropping privileges", doing, errno); }

std::uint64_t bit(Capability capability) { return std::uint64_t{1} << static_cast<unsigned>(capability); }

std::uint64_t wanted_capabilities(const Rest& rest) {
  auto wanted = bit(Capability::bpf) | bit(Capability::syslog);
  if (rest.reads_others)
    wanted |= bit(Capability::sys_ptrace) | bit(Capability::dac_read_search) | bit(Capability::checkpoint_restore);
  if (rest.attaches) wanted |= bit(Capability::perfmon) | bit(Capability::sys_admin) | bit(Capability::dac_read_search);
  if (rest.uses_network) wanted |= bit(Capability::net_admin);
  if (rest.writes_files) wanted |= bit(Capability::dac_override) | bit(Capability::chown);
  // Who has CAP_SYS_ADMIN alone has CAP_BPF by it, and could not go on without.
  if ((effective_capabilities() & bit(Capability::bpf)) == 0) wanted |= bit(Capability::sys_admin);
  return wanted;
}

// clang-format off
/// What no run does when everything is attached.
constexpr std::uint32_t never[] = {
    // other programs and processes
    SYS_execve, SYS_execveat, SYS_personality, SYS_pidfd_getfd, SYS_process_vm_readv, SYS_process_vm_writev, SYS_ptrace,
    // other namespaces, mounts and keys
    SYS_add_key, SYS_chroot, SYS_fspick, SYS_keyctl, SYS_mount, SYS_move_mount, SYS_open_tree, SYS_pivot_root,
    SYS_request_key, SYS_setns, SYS_umount2, SYS_unshare,
    // the machine
    SYS_acct, SYS_adjtimex, SYS_clock_adjtime, SYS_clock_settime, SYS_delete_module, SYS_finit_module, SYS_init_module,
    SYS_io_uring_setup, SYS_kexec_file_load, SYS_kexec_load, SYS_quotactl, SYS_reboot, SYS_setdomainname,
    SYS_sethostname, SYS_settimeofday, SYS_swapoff, SYS_swapon, SYS_userfaultfd,
    // other users
    SYS_setfsgid, SYS_setfsuid, SYS_setgid, SYS_setgroups, SYS_setregid, SYS_setresgid, SYS_setresuid, SYS_setreuid,
    SYS_setuid,
};
/// Tracepoints are looked up in a tracefs of our own.
constexpr std::uint32_t to_attach[] = {SYS_fsconfig, SYS_fsmount, SYS_fsopen, SYS_perf_event_open};
// clang-format on
constexpr std::uint32_t to_write[] = {SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_linkat,   SYS_symlinkat,
                                      SYS_mkdirat,  SYS_fchmod,    SYS_fchmodat, SYS_fchown,   SYS_fchownat,
                                      SYS_mknodat,  SYS_truncate,  SYS_setxattr, SYS_utimensat};
constexpr std::uint32_t loading_commands[] = {BPF_PROG_LOAD,   BPF_BTF_LOAD,     BPF_RAW_TRACEPOINT_OPEN,
                                              BPF_PROG_ATTACH, BPF_LINK_CREATE,  BPF_LINK_UPDATE,
                                              BPF_OBJ_PIN,     BPF_PROG_TEST_RUN};

/// A seccomp filter, put together call by call. The number of the call is in the accumulator between its parts.
class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, arch::audit, 1, 0);
    refuse(EPERM);  // the calls of another processor's programs have other numbers
    load(offsetof(seccomp_data, nr));
    if (arch::other_calls_from != 0) {
      add(BPF_JMP | BPF_JGE | BPF_K, arch::other_calls_from, 0, 1);
      refuse(EPERM);
    }
  }
  void deny(std::uint32_t call, int error = EPERM) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    refuse(error);
  }
  void deny_all(std::span<const std::uint32_t> calls) {
    for (const auto call : calls) deny(call);
  }
  /// If one of those bits is set in its argument.
  void deny_bits(std::uint32_t call, unsigned argument, std::uint32_t bits) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    refuse(EPERM);
    load(offsetof(seccomp_data, nr));
  }
  /// If its first argument is one of those.
  void deny_commands(std::uint32_t call, std::span<const std::uint32_t> commands) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, static_cast<std::uint8_t>(2 * commands.size() + 2));
    load(offsetof(seccomp_data, args));
    deny_all(commands);
    load(offsetof(seccomp_data, nr));
  }
  void take_effect() {
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog program{.len = static_cast<unsigned short>(code_.size()), .filter = code_.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw failed("no_new_privs");
    // No foreign code runs in this process, which the kernel would slow down otherwise.
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) != 0)
      throw failed("seccomp");
  }

 private:
  void add(int code, std::uint32_t k, std::uint8_t then = 0, std::uint8_t otherwise = 0) {
    code_.push_back({static_cast<std::uint16_t>(code), then, otherwise, k});
  }
  // Of an argument of 64 bits the lower half, which comes first on the processors that there are.
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void refuse(int error) { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)); }

  std::vector<sock_filter> code_;
};

void restrict_calls(const Rest& rest) {
  Filter filter;
  filter.deny_all(never);
  if (!rest.attaches) {
    filter.deny_all(to_attach);
    filter.deny_commands(SYS_bpf, loading_commands);
  }
  filter.deny_bits(SYS_clone, 0, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET);
  filter.deny(SYS_clone3, ENOSYS);  // its flags are out of sight; the C library goes on with clone
  if (!rest.writes_files) {
    filter.deny_all(to_write);
    filter.deny_all(arch::old_writing_calls);
    filter.deny_bits(arch::old_open, 1, O_ACCMODE | O_CREAT | O_TRUNC);
    filter.deny_bits(SYS_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC);
  }
  if (!rest.writes_files && !rest.attaches)
    filter.deny(SYS_openat2, ENOSYS);  // likewise; who uses it goes on with openat
  if (!rest.reads_others) filter.deny(SYS_open_by_handle_at);
  filter.take_effect();
}

}  // namespace

void drop_privileges(const Rest& rest) {
  if (!keep_capabilities(wanted_capabilities(rest))) throw failed("capset");
  restrict_calls(rest);
}

}  // namespace sonda
