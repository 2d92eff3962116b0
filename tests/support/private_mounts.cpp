#include "support/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "support/scratch.h"

namespace sonda::test {
namespace {

bool leave_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace

bool PrivateMounts::possible() {
  static const bool can = exit_of_child([] { return leave_mounts() ? 0 : 1; }) == 0;
  return can;
}

PrivateMounts::PrivateMounts() {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2 failed");
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  keeper_ = ::fork();
  require(keeper_ >= 0, "fork failed");
  if (keeper_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!leave_mounts() || ::write(to.get(), "+", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  to.reset();
  char ready = 0;
  const bool made = ::read(from.get(), &ready, 1) == 1;
  namespace_.reset(::open(("/proc/" + std::to_string(keeper_) + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  require(made && namespace_, "there is no mount namespace to be had");
}

PrivateMounts::~PrivateMounts() {
  ::kill(keeper_, SIGKILL);
  ::waitpid(keeper_, nullptr, 0);
}

bool PrivateMounts::enter() const noexcept { return ::setns(namespace_.get(), CLONE_NEWNS) == 0; }

void PrivateMounts::mount_tmpfs(const std::filesystem::path& at, const Limits& limits) const {
  std::string options = "mode=0700";
  if (limits.bytes != 0) options += ",size=" + std::to_string(limits.bytes);
  if (limits.inodes != 0) options += ",nr_inodes=" + std::to_string(limits.inodes);
  const int status = exit_of_child([&] {
    return enter() && ::mount("sonda-test", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0 ? 0 : 1;
  });
  require(status == 0, "cannot mount a tmpfs");
}

void PrivateMounts::mount_bpf(const std::filesystem::path& at) const {
  const int status = exit_of_child([&] {
    return enter() && ::mount("sonda-test", at.c_str(), "bpf", MS_NOSUID | MS_NODEV, "mode=0700") == 0 ? 0 : 1;
  });
  require(status == 0, "cannot mount a BPF file system");
}

std::filesystem::path PrivateMounts::outside(const std::filesystem::path& path) const {
  return std::filesystem::path("/proc/" + std::to_string(keeper_) + "/root") / path.relative_path();
}

}  // namespace sonda::test
