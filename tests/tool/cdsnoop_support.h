// A cdsnoop under a test's control, and real shells on real terminals for it to watch.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"

namespace sonda::test {

/// cdsnoop, running. Ended when this goes. Failures throw std::runtime_error.
class Snoop {
 public:
  using Environment = std::vector<std::string>;  ///< NAME=VALUE, besides what the test itself has

  explicit Snoop(std::vector<std::string> arguments, Environment environment = {});
  Snoop(const Snoop&) = delete;
  Snoop& operator=(const Snoop&) = delete;
  ~Snoop();

  pid_t pid() const noexcept { return pid_; }
  /// Waits until it says that it is attached; false if it ended instead.
  bool ready();
  /// Reads what it prints until `enough(output())`. False if it ended, or the patience did.
  bool read_until(const std::function<bool()>& enough);
  /// The same for so many lines of standard output.
  bool read_lines(std::size_t count);
  /// Sends `signal`, reads the rest, and waits; the exit status, or 128 and the signal that ended it.
  int stop(int signal);
  /// The same without a signal.
  int wait();

  const std::string& output() const noexcept { return output_; }
  const std::string& errors() const noexcept { return errors_; }
  std::vector<std::string> lines() const;
  /// Every line of standard output as JSON.
  std::vector<nlohmann::json> rows() const;
  /// Those of the processes `pids` and of their children.
  std::vector<nlohmann::json> rows_of(const std::vector<pid_t>& pids) const;

 private:
  /// Waits for more output, at most so long; false at the end of both streams.
  bool read_some(int timeout_ms);

  pid_t pid_ = -1;
  UniqueFd out_, err_, ready_;
  std::string output_, errors_;
};

/// An interactive bash on a terminal of its own, without any start-up files.
class TerminalShell {
 public:
  explicit TerminalShell(const std::filesystem::path& directory, const std::filesystem::path& program = "/bin/bash",
                         std::vector<std::string> environment = {});
  TerminalShell(const TerminalShell&) = delete;
  TerminalShell& operator=(const TerminalShell&) = delete;
  ~TerminalShell();

  pid_t pid() const noexcept { return pid_; }
  /// Types `line` and waits until it has been done. Throws std::runtime_error if it never is.
  void run(const std::string& line);

 private:
  pid_t pid_ = -1;
  UniqueFd terminal_;
  int lines_ = 0;
};

/// Runs a program to its end; its exit status.
int run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment = {},
                const std::filesystem::path& directory = "/", std::optional<uid_t> user = std::nullopt);

/// `word` in a form that can be typed anywhere: $'...' in plain ASCII.
std::string typed(const std::string& word);

/// The BPF programs that `pid` holds.
std::vector<std::uint32_t> programs_of(pid_t pid);
/// Whether the kernel still has the program; waits a little for it to go.
bool program_stays(std::uint32_t id);

}  // namespace sonda::test
