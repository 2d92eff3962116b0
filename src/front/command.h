// The command that a run traces.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"

namespace sonda::front {

/// A child process that has loaded its program and waits before its first instruction. Ends with this object if it was
/// never released.
class Command {
 public:
  /// `input` becomes its standard input, if it is not -1. Throws Error(Stage::usage) if it cannot be started.
  explicit Command(const std::vector<std::string>& words, int input = -1);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

  pid_t pid() const noexcept { return pid_; }
  /// Lets it run.
  void release();
  /// Readable when it has ended. Borrowed.
  int fd() const noexcept { return pidfd_.get(); }
  /// Its exit status, 128 and the signal's number if one ended it; nothing while it runs.
  std::optional<int> status();

 private:
  pid_t pid_ = -1;
  bool waiting_ = true;
  std::optional<int> status_;
  UniqueFd pidfd_;
};

}  // namespace sonda::front
