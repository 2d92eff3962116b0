// Faults that the kernel counts and runs no program for.
#pragma once

#include <optional>
#include <string_view>

#include "tools/pagefaultcount/counts.h"

namespace sonda::pagefaultcount {

/// The fields minflt and majflt of a /proc/PID/stat (proc(5)); nothing if the text is not such a one.
std::optional<Faults> faults_in_stat(std::string_view text);

/// Process 1, which kernels of some sandboxes hide from BPF: its faults by its own counters.
class FirstProcess {
 public:
  /// Since this was made; none if /proc does not tell.
  Faults so_far() const;

 private:
  static std::optional<Faults> now();
  std::optional<Faults> before_ = now();
};

}  // namespace sonda::pagefaultcount
