// Faults that the kernel counts and runs no program for. Kernels of some sandboxes hide the sandbox's own process 1
// (and what it forks, until that runs another program) from BPF: the kernel counts its faults, programs do not.
#pragma once

#include <cstdint>
#include <string>

#include "support/file_text.h"

namespace sonda::test {

/// Faults of process 1 and of those that it waited for, since this was made.
class HiddenFaults {
 public:
  struct Faults {
    std::int64_t min = 0, maj = 0;
  };

  /// None if process 1 was idle: nothing may be missing then.
  Faults so_far() const {
    const auto now = counts();
    if (now.own_min == before_.own_min) return {};
    return {now.own_min - before_.own_min + now.children_min - before_.children_min,
            now.own_maj - before_.own_maj + now.children_maj - before_.children_maj};
  }

 private:
  struct Counts {
    std::int64_t own_min, children_min, own_maj, children_maj;
  };

  static Counts counts() {
    const auto fields = process_stat(1);
    const auto number = [&](std::size_t field) { return std::stoll(fields.at(field - 3)); };
    return {number(10), number(11), number(12), number(13)};
  }

  Counts before_ = counts();
};

}  // namespace sonda::test
