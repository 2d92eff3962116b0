// A program of any kind that counts its runs and answers what it is told to: written as instructions.
#pragma once

#include <cstdint>
#include <string>

#include "sonda/attach_point.h"
#include "sonda/program.h"

namespace sonda::test {

class AnsweringProgram {
 public:
  /// Of the kind that `point` needs; every run returns `answer`.
  AnsweringProgram(const AttachPoint& point, int answer);

  const Program& program() const { return program_; }
  /// Runs so far, on all CPUs.
  std::uint64_t count() const;
  /// Waits until there were that many; packets are handled by whichever CPU. What was counted in the end.
  std::uint64_t wait_for(std::uint64_t runs) const;
  /// The kernel's number of the program.
  std::uint32_t id() const;

 private:
  UniqueFd map_;
  Program program_;
};

}  // namespace sonda::test
