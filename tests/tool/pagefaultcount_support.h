// A pagefaultcount under a test's control.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"

namespace sonda::test {

/// How a program ended and what it said.
struct Ended {
  int status = -1;  ///< its exit status, or 128 and the signal
  std::string out, err;

  std::vector<std::string> lines() const;
  /// Each line of standard output, parsed; the last one is the total.
  std::vector<nlohmann::json> objects() const;
  nlohmann::json total() const { return objects().back(); }
};

struct Circumstances {
  std::vector<std::string> environment;  ///< NAME=VALUE, besides the test's own
  std::optional<uid_t> user;             ///< become this user, without capabilities
  bool output_closed = false;            ///< nobody reads standard output
};

/// The tool, started. Ended, and waited for, when this goes.
class FaultCount {
 public:
  explicit FaultCount(const std::vector<std::string>& arguments, const Circumstances& circumstances = {});
  FaultCount(const FaultCount&) = delete;
  FaultCount& operator=(const FaultCount&) = delete;
  ~FaultCount();

  /// Waits until it counts; false if it ended instead.
  bool ready();
  void signal(int number) const;
  /// Reads all it says and waits for its end.
  Ended wait();
  /// SIGINT, then wait().
  Ended interrupt();
  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd out_, err_, ready_;
};

/// The whole run of a tool that needs nobody.
Ended run_pagefaultcount(const std::vector<std::string>& arguments, const Circumstances& circumstances = {});

}  // namespace sonda::test
