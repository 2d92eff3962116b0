// An exploit in the compiler, played: this stands in the worker where libbcc's part is, and tries what an attacker
// would who runs code there. The standard error tells what came of each attempt, in lines that start with "attempt".
#include "compile/worker/bcc_module.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

void tell(const char* what, long result) {
  std::fprintf(stderr, "attempt %s: %s\n", what, result < 0 ? strerrorname_np(errno) : "DONE");
}

void open_files(const std::string& folder) {
  const auto read = [](const char* path) { return ::open(path, O_RDONLY); };
  // What was given, so that a refusal below is one.
  tell("allowed: what the probe includes", read("own.h"));
  tell("allowed: a header of the system", read("/usr/include/stdio.h"));
  tell("allowed: a file in its own folder", ::open((folder + "/new").c_str(), O_WRONLY | O_CREAT, 0600));
  tell("read a file of everybody's", read("/etc/passwd"));
  tell("read a file of root's", read("/etc/shadow"));
  tell("read the folder above", ::open("/", O_RDONLY | O_DIRECTORY));
  tell("read its parent's memory", read(("/proc/" + std::to_string(::getppid()) + "/mem").c_str()));
  tell("read its parent's environment", read(("/proc/" + std::to_string(::getppid()) + "/environ").c_str()));
  tell("write over a header", ::open("/usr/include/stdio.h", O_WRONLY));
  tell("make a file", ::open("/tmp/sonda-hostile", O_WRONLY | O_CREAT, 0600));
  tell("make a file by another name of its folder",
       ::open((folder + "/../sonda-hostile").c_str(), O_WRONLY | O_CREAT, 0600));
  tell("make a folder", ::mkdir("/tmp/sonda-hostile", 0700));
  tell("remove a file", ::unlink("/etc/hostname"));
  tell("rename a file", ::rename("/etc/hostname", "/etc/hostname.old"));
  tell("make a link", ::symlink("/etc/shadow", (folder + "/link").c_str()));
  tell("make a hard link", ::link("/etc/shadow", (folder + "/hard").c_str()));
  tell("make a device", ::mknod((folder + "/device").c_str(), S_IFBLK | 0600, 0x800));
  tell("change a mode", ::chmod("/etc/hostname", 0666));
  tell("change an owner", ::chown("/etc/hostname", 1, 1));
  tell("set a time", ::utimensat(AT_FDCWD, "/etc/hostname", nullptr, 0));
  tell("write to a setting of the kernel", ::open("/proc/sys/kernel/core_pattern", O_WRONLY));
  tell("open by handle", ::syscall(SYS_open_by_handle_at, -1, nullptr, 0));
}

void reach_others() {
  const pid_t parent = ::getppid();
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK})
    tell(("make a socket of family " + std::to_string(family)).c_str(), ::socket(family, SOCK_RAW, 0));
  int pair[2];
  tell("make a pair of sockets", ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  tell("make a process", ::syscall(SYS_fork));
  tell("make a process by clone", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  struct {
    std::uint64_t words[11];
  } arguments{};
  tell("make a process by clone3", ::syscall(SYS_clone3, &arguments, sizeof arguments));
  char* const nothing[] = {nullptr};
  tell("run a program", ::execve("/bin/true", nothing, nothing));
  tell("run a program by descriptor", ::syscall(SYS_execveat, -1, "/bin/true", nothing, nothing, 0));
  tell("signal its parent", ::kill(parent, 0));
  tell("signal everybody", ::kill(-1, 0));
  tell("signal a thread of its parent", ::syscall(SYS_tgkill, parent, parent, 0));
  tell("trace its parent", ::ptrace(PTRACE_ATTACH, parent, nullptr, nullptr));
  char byte = 0;
  const iovec here{&byte, 1}, there{&byte, 1};
  tell("read its parent's memory by call", ::process_vm_readv(parent, &here, 1, &there, 1, 0));
  tell("limit its parent", ::prlimit(parent, RLIMIT_NOFILE, nullptr, nullptr));
}

void change_the_kernel() {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  tell("make a map", ::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
  attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  tell("load a program", ::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_SOFTWARE;
  tell("open a perf event", ::syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  tell("mount", ::syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr));
  tell("make a user namespace", ::unshare(CLONE_NEWUSER));
  tell("enter a namespace", ::syscall(SYS_setns, -1, 0));
  tell("change its root", ::chroot("/"));
  tell("become another user", ::setuid(1));
  tell("load a module", ::syscall(SYS_finit_module, -1, "", 0));
  tell("make an io_uring", ::syscall(SYS_io_uring_setup, 1, nullptr));
  tell("watch faults", ::syscall(SYS_userfaultfd, 0));
  tell("keep a key", ::syscall(SYS_add_key, "user", "a", "b", 1, -2));
  tell("set a limit", [] {
    const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
    return ::setrlimit(RLIMIT_NOFILE, &more);
  }());
  tell("make anonymous memory a file", ::memfd_create("x", 0));
}

}  // namespace

namespace sonda {

struct BccModule::Impl {};

BccModule::BccModule(std::uint32_t) : impl_(std::make_unique<Impl>()) {}
BccModule::BccModule(BccModule&&) noexcept = default;
BccModule::~BccModule() = default;
void BccModule::declare_exported(const MapSpec&) {}

bool BccModule::compile(const std::string&, const std::vector<std::string>&) {
  char here[4096];
  const std::string included = ::getcwd(here, sizeof here) == nullptr ? "" : here;
  open_files(included.substr(0, included.rfind('/')));
  reach_others();
  change_the_kernel();
  return false;
}

std::vector<std::string> BccModule::functions() const { return {}; }
std::vector<BccModule::Table> BccModule::tables() const { return {}; }
std::string BccModule::license() const { return {}; }
std::uint32_t BccModule::kernel_version() const { return 0; }
std::string_view BccModule::rewritten() const { return {}; }
std::string BccModule::versions() { return {}; }

}  // namespace sonda
