// A program that counts its runs: written as instructions, so that these tests need no compiler.
#pragma once

#include <cstdint>
#include <optional>

#include "sonda/program.h"

namespace sonda::test {

/// Adds one to a per-CPU counter whenever it runs.
class CountingProgram {
 public:
  /// `process`: counts only what happens in that process (its tgid).
  explicit CountingProgram(const ProgramKind& kind, std::optional<pid_t> process = std::nullopt);

  const Program& program() const { return program_; }
  /// Runs so far, on all CPUs.
  std::uint64_t count() const;

 private:
  UniqueFd map_;
  Program program_;
};

}  // namespace sonda::test
