// Any of the tools, started in circumstances of the test's own making.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"
#include "support/private_mounts.h"

namespace sonda::test {

/// How a tool ended.
struct ToolEnd {
  int status = -1;       ///< its exit status, or 128 and the signal that ended it
  bool tracing = false;  ///< whether it had said that it traces
  std::string out, err;
};

/// What a process and its children held at one moment.
struct Held {
  std::vector<std::uint32_t> programs, maps;  ///< BPF ids
  std::vector<UniqueFd> children;             ///< pidfds
};

/// A tool in a process group of its own. Ended when this goes. Failures throw std::runtime_error.
class StartedTool {
 public:
  struct How {
    std::vector<std::string> environment;  ///< NAME=VALUE, besides the test's own
    const PrivateMounts* mounts = nullptr;
    std::optional<uid_t> user;                    ///< as whom it runs, with a group of the same number
    std::optional<std::filesystem::path> output;  ///< a file for standard output, opened inside `mounts`
  };
  StartedTool(const std::string& tool, const std::vector<std::string>& arguments, const How& how);
  StartedTool(const StartedTool&) = delete;
  StartedTool& operator=(const StartedTool&) = delete;
  ~StartedTool();

  pid_t pid() const noexcept { return pid_; }
  /// Waits until it says that it traces; false if it ended instead.
  bool ready();
  /// Waits until it has printed `text`, on either way out, so many times. False if it ended instead, or never did.
  bool says(std::string_view text, std::size_t times = 1);
  /// Stops it where it is and looks at what it holds. False if it has ended.
  bool freeze(Held& held);
  /// Sends `number` to it, or to all of its group, and lets it go on.
  void signal(int number, bool whole_group);
  ToolEnd wait();

 private:
  pid_t pid_ = -1;
  UniqueFd out_, err_, ready_;
  bool tracing_ = false;
  std::optional<int> status_;  // where it ended before it was waited for
};

/// How many of the things in `held` are still there; waits for them to go, at most a minute.
std::size_t left_of(const Held& held);

}  // namespace sonda::test

/// Leaves the test unless the tools can run here, with mounts of their own; for who includes support/skip.h.
#define SONDA_NEED_TOOLS_AND_MOUNTS()                        \
  SONDA_NEED_BPF();                                          \
  SONDA_NEED(::sonda::test::can_open_perf(), "CAP_PERFMON"); \
  SONDA_NEED(::sonda::test::PrivateMounts::possible(), "CAP_SYS_ADMIN (run as root)")
