// What runs of programs cost, as the kernel measures it.
#pragma once

#include <cstdint>

#include "sonda/fd.h"
#include "sonda/map.h"

namespace sonda::cli {

/// While it lives, the kernel measures every run of every program.
class RunStats {
 public:
  /// Where the kernel does not (before Linux 5.8) nothing is measured.
  RunStats();

 private:
  UniqueFd fd_;
};

struct Runs {
  std::uint64_t count = 0, nanoseconds = 0;
  double each() const noexcept {
    return count == 0 ? 0 : static_cast<double>(nanoseconds) / static_cast<double>(count);
  }
};
/// Of all programs of a probe that are loaded, while they were measured. Throws Error(Stage::read).
Runs runs_of(const LoadedImage& loaded);

}  // namespace sonda::cli
