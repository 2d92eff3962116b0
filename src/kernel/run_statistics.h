// The kernel's own measuring of programs: how often each one ran, and for how long.
#pragma once

#include "sonda/fd.h"

namespace sonda {

/// While it lives, the kernel counts runs and nanoseconds of every program, which costs each run some 20 to 40 ns.
/// Nothing else is changed: it ends with the last descriptor, also if this process is killed.
class RunStatistics {
 public:
  /// A kernel before 5.8, or one that refuses, leaves it off: see on().
  RunStatistics();
  /// Whether the kernel measures: for us, or because somebody switched it on for good (kernel.bpf_stats_enabled).
  bool on() const noexcept { return static_cast<bool>(fd_) || always_; }
  /// Whether it measured before, so that the counts are from the time of loading on.
  bool always() const noexcept { return always_; }

 private:
  UniqueFd fd_;
  bool always_;
};

}  // namespace sonda
