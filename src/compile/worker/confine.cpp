#include "compile/worker/confine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "kernel/privilege.h"
#include "sonda/error.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

Error failed(std::string_view doing, int why) {
  return system_error(Stage::compile, "the worker", fmt::format("cannot be confined: {}", doing), why);
}

// Parts of Landlock that are newer than the headers: linux/landlock.h of Linux 5.19, 6.2, 6.7, 6.10 and 6.12.
constexpr std::uint64_t refer = 1ULL << 13, truncate = 1ULL << 14, ioctl_of_devices = 1ULL << 15;
constexpr std::uint64_t bind_and_connect = 3, abstract_sockets_and_signals = 3;

struct Rules {
  std::uint64_t files, network, scopes;
};

constexpr std::uint64_t read_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/// All that Landlock of that version can refuse.
Rules all_rules(long version) {
  Rules rules{.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, .network = 0, .scopes = 0};
  if (version >= 2) rules.files |= refer;
  if (version >= 3) rules.files |= truncate;
  if (version >= 4) rules.network = bind_and_connect;
  if (version >= 5) rules.files |= ioctl_of_devices;
  if (version >= 6) rules.scopes = abstract_sockets_and_signals;
  return rules;
}

void allow_beneath(int ruleset, const fs::path& path, std::uint64_t access) {
  const UniqueFd beneath(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!beneath) return;  // what is not there cannot be read either
  struct stat info{};
  if (::fstat(beneath.get(), &info) != 0) throw failed("fstat", errno);
  if (!S_ISDIR(info.st_mode)) access &= LANDLOCK_ACCESS_FS_READ_FILE;
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = beneath.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    throw failed("landlock_add_rule", errno);
}

bool hide_files(const Confinement& left) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    // Only these two say that there is none; whatever else goes wrong must not let a text be read unconfined.
    if (version < 0 && errno != ENOSYS && errno != EOPNOTSUPP) throw failed("landlock_create_ruleset", errno);
    return false;
  }
  const auto rules = all_rules(version);
  const std::size_t known = version >= 6   ? sizeof rules
                            : version >= 4 ? sizeof rules - sizeof rules.scopes
                                           : sizeof rules.files;
  const UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, known, 0)));
  if (!ruleset) throw failed("landlock_create_ruleset", errno);
  for (const auto& path : left.readable) allow_beneath(ruleset.get(), path, read_access);
  if (!left.writable.empty())
    allow_beneath(ruleset.get(), left.writable,
                  rules.files & (read_access | truncate | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE));
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) throw failed("landlock_restrict_self", errno);
  return true;
}

/// What Clang, LLVM, libbcc and the C library do. A thread may be made, for a text that is nested deeply.
// clang-format off
constexpr std::array calls{
    // files
    SCMP_SYS(access), SCMP_SYS(chdir), SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fchdir), SCMP_SYS(fchmod), SCMP_SYS(fcntl), SCMP_SYS(fstat),
    SCMP_SYS(fstatfs), SCMP_SYS(ftruncate), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(lseek),
    SCMP_SYS(lstat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat),
    SCMP_SYS(openat2), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(readv), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx), SCMP_SYS(umask), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(write), SCMP_SYS(writev),
    // memory
    SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munmap),
    // itself
    SCMP_SYS(arch_prctl), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getegid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getrlimit), SCMP_SYS(getrusage),
    SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(sched_getaffinity),
    // threads, waiting, signals
    SCMP_SYS(futex), SCMP_SYS(membarrier), SCMP_SYS(nanosleep), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list), SCMP_SYS(sigaltstack),
    // the machine
    SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(gettimeofday), SCMP_SYS(sysinfo), SCMP_SYS(time),
    SCMP_SYS(uname),
#ifdef __SANITIZE_ADDRESS__
    SCMP_SYS(pipe), SCMP_SYS(pipe2),  // how a sanitizer finds out whether memory is there
#endif
};
// clang-format on

struct ReleaseFilter {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

bool forbid_calls() {
  // One call says whether there is seccomp at all, whatever may be refused.
  if (::prctl(PR_GET_SECCOMP) < 0 && errno == EINVAL) return false;
  const std::unique_ptr<void, ReleaseFilter> filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) throw failed("seccomp_init", ENOMEM);
  const auto allow = [&](int call, const std::vector<scmp_arg_cmp>& arguments = {},
                         std::uint32_t act = SCMP_ACT_ALLOW) {
    const int error =
        ::seccomp_rule_add_array(filter.get(), act, call, static_cast<unsigned>(arguments.size()), arguments.data());
    if (error != 0) throw failed("seccomp_rule_add", -error);
  };
  for (const int call : calls) allow(call);
  allow(SCMP_SYS(prlimit64), {SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0)});       // to be told, not to set
  allow(SCMP_SYS(tgkill), {SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0)});  // abort()
  allow(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)});
  allow(SCMP_SYS(clone3), {}, SCMP_ACT_ERRNO(ENOSYS));  // whose flags no filter sees: the C library then takes clone
  if (const int error = ::seccomp_load(filter.get()); error != 0) throw failed("seccomp_load", -error);
  return true;
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  rlimit before{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &before) == 0) hard = std::min(hard, before.rlim_max);
  const rlimit now{.rlim_cur = std::min(soft, hard), .rlim_max = hard};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &now) != 0) throw failed("setrlimit", errno);
}

void set_limits(const Confinement& left) {
  constexpr rlim_t largest_file = 256UL << 20, most_files = 4096;
#ifndef __SANITIZE_ADDRESS__  // whose shadow is larger than any memory
  if (left.memory != 0) limit(RLIMIT_DATA, left.memory, left.memory);
#endif
  if (left.seconds != 0) limit(RLIMIT_CPU, left.seconds, left.seconds + 2);
  limit(RLIMIT_FSIZE, largest_file, largest_file);
  limit(RLIMIT_NOFILE, most_files, most_files);
  limit(RLIMIT_CORE, 0, 0);
}

}  // namespace

std::vector<std::string> confine(const Confinement& left) {
  std::vector<std::string> missing;
  set_limits(left);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw failed("no_new_privs", errno);
  if (!hide_files(left)) missing.emplace_back("files (this kernel has no Landlock)");
  if (!keep_capabilities(0)) throw failed("capset", errno);
  if (!forbid_calls()) missing.emplace_back("system calls (this kernel has no seccomp)");
  return missing;
}

}  // namespace sonda

#ifdef __SANITIZE_ADDRESS__
// Looking for leaks takes calls that a confined process does not have; and LLVM never gives its memory back.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif
