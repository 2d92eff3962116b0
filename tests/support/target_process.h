// A target program under a test's control: it says when it is ready, and goes on when it is told to.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sonda/fd.h"
#include "support/paths.h"

namespace sonda::test {

/// A child process with a pipe to its standard input and one from its standard output. Ended, and waited for, when this
/// goes. Every failure throws std::runtime_error.
class TargetProcess {
 public:
  TargetProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  TargetProcess(const TargetProcess&) = delete;
  TargetProcess& operator=(const TargetProcess&) = delete;
  ~TargetProcess();

  pid_t pid() const noexcept { return pid_; }
  /// The next line it prints, without its end; waits for it.
  std::string line();
  /// Writes a newline to it.
  void go_on();
  /// Waits until it has ended by itself; its exit status, or 128 and the signal.
  int wait();

  /// Waits until it sleeps: after a line that it prints before it reads, that is when it has come to the reading, and
  /// does nothing more by itself.
  void settle() const;
  /// Minor faults of the whole process so far, by /proc/PID/stat.
  long minor_faults() const;

 private:
  std::vector<std::string> stat() const;

  pid_t pid_ = -1;
  UniqueFd to_, from_;
  std::string buffer_;
};

}  // namespace sonda::test
