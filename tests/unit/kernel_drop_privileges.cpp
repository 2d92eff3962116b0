// What is left to a process that has dropped its privileges: tried in a child, call by call.
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "kernel/drop_privileges.h"
#include "kernel/privilege.h"
#include "support/catch.h"
#include "support/scratch.h"

using namespace sonda;

namespace {

/// The errno of `call`, 0 if it succeeds.
int error_of(const std::function<long()>& call) {
  errno = 0;
  return call() < 0 ? errno : 0;
}

/// What `act` returns in a child that has dropped all that `rest` does without.
int in_child(const Rest& rest, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 250;
    try {
      drop_privileges(rest);
      result = act();
    } catch (...) {
    }
    ::_exit(result);
  }
  int state = 0;
  REQUIRE(::waitpid(child, &state, 0) == child);
  REQUIRE(WIFEXITED(state));
  return WEXITSTATUS(state);
}

int error_in_child(const Rest& rest, const std::function<long()>& call) {
  return in_child(rest, [&] { return error_of(call); });
}

long load_program() {
  bpf_attr attributes{};
  return ::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

}  // namespace

TEST_CASE("what nobody needs after attaching is refused") {
  const test::ScratchFolder folder;
  const auto there = folder.write("there", "text").string();
  const char* const path = there.c_str();
  const auto other = (folder.path() / "other").string();
  char* const words[] = {const_cast<char*>("/bin/true"), nullptr};
  const std::vector<std::pair<std::string, std::function<long()>>> calls{
      {"execve", [&] { return ::execv("/bin/true", words); }},
      {"execveat", [&] { return ::syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, nullptr, 0); }},
      {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
      {"mount", [] { return ::mount("none", "/nonexistent", "tmpfs", 0, nullptr); }},
      {"setuid", [] { return ::setuid(::getuid()); }},
      {"unshare", [] { return ::unshare(CLONE_NEWUSER); }},
      {"clone", [] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
      {"init_module", [] { return ::syscall(SYS_init_module, nullptr, 0, ""); }},
      {"perf_event_open", [] { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
      {"a program", load_program},
      {"open to write", [&] { return ::open(path, O_WRONLY); }},
      {"open to read and write", [&] { return ::open(path, O_RDWR); }},
      {"creat", [&] { return ::syscall(SYS_open, other.c_str(), O_CREAT, 0600); }},
      {"truncating", [&] { return ::open(path, O_RDONLY | O_TRUNC); }},
      {"rename", [&] { return ::rename(path, other.c_str()); }},
      {"unlink", [&] { return ::unlink(path); }},
      {"chmod", [&] { return ::chmod(path, 0777); }},
      {"mkdir", [&] { return ::mkdir(other.c_str(), 0700); }}};
  for (const auto& [what, call] : calls) {
    INFO(what);
    CHECK(error_in_child({}, call) == EPERM);
  }
  CHECK(read_file(there, Stage::usage) == "text");
}

TEST_CASE("what a run goes on with is not refused") {
  const test::ScratchFolder folder;
  const auto there = folder.write("there", "text").string();
  const char* const path = there.c_str();
  CHECK(error_in_child({}, [&] { return ::open(path, O_RDONLY | O_CLOEXEC); }) == 0);
  CHECK(error_in_child({}, [] { return ::open("/proc/self/maps", O_RDONLY); }) == 0);
  CHECK(in_child({}, [] {
          int result = 1;
          std::thread([&result] { result = error_of(load_program) == EPERM ? 0 : 2; }).join();
          return result;
        }) == 0);
  CHECK(error_in_child({.writes_files = true}, [&] { return ::open(path, O_RDWR); }) == 0);
  CHECK(error_in_child({.writes_files = true}, [&] { return ::unlink(path); }) == 0);
  // Refused by the kernel for what it is given, and not by us.
  const int as_it_is = error_of(load_program);
  CHECK(error_in_child({.attaches = true}, load_program) == as_it_is);
  CHECK(error_in_child({}, [] { return ::syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, nullptr, 0); }) !=
        error_in_child({}, load_program));
}

TEST_CASE("no capability stays but those that the rest of a run has a use for") {
  const auto has = [](Capability capability) { return has_capability(capability) ? 1 : 0; };
  const bool is_root = has_capability(Capability::sys_admin);
  for (const auto capability : {Capability::chown, Capability::dac_override, Capability::net_admin, Capability::net_raw,
                                Capability::sys_ptrace, Capability::sys_admin, Capability::sys_resource})
    CHECK(in_child({}, [&] { return has(capability); }) == 0);
  CHECK(in_child({}, [&] { return has(Capability::bpf); }) == has(Capability::bpf));
  CHECK(in_child({.reads_others = true}, [&] { return has(Capability::sys_ptrace); }) == (is_root ? 1 : 0));
  CHECK(in_child({.uses_network = true}, [&] { return has(Capability::net_admin); }) == (is_root ? 1 : 0));
  CHECK(in_child({}, [] { return ::syscall(SYS_prctl, 39 /* PR_GET_NO_NEW_PRIVS */, 0, 0, 0, 0) == 1 ? 0 : 1; }) == 0);
}
