// A cgroup of the test's own.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sonda/fd.h"
#include "support/catch.h"
#include "support/scratch.h"

namespace sonda::test {

/// An empty cgroup, in a mount of cgroup v2 that only this thread sees while this lives. Removed in the end.
class OwnCgroup {
 public:
  OwnCgroup() : before_(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC)) {
    REQUIRE(before_);
    REQUIRE(::unshare(CLONE_NEWNS | CLONE_FS) == 0);
    REQUIRE(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    REQUIRE(::mount("none", folder_.path().c_str(), "cgroup2", 0, nullptr) == 0);
    path_ = folder_.path() / folder_.path().filename();
    std::filesystem::create_directory(path_);
  }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  ~OwnCgroup() {
    ::rmdir(path_.c_str());
    ::umount2(folder_.path().c_str(), MNT_DETACH);
    ::setns(before_.get(), CLONE_NEWNS);
  }

  const std::filesystem::path& path() const { return path_; }

  /// Runs `body`, which gives an exit status, in a process in this cgroup.
  template <class Body>
  int run(Body body) const {
    return exit_of_child([&] {
      std::ofstream(path_ / "cgroup.procs") << ::getpid() << std::flush;
      return body();
    });
  }

 private:
  UniqueFd before_;
  ScratchFolder folder_;
  std::filesystem::path path_;
};

}  // namespace sonda::test
