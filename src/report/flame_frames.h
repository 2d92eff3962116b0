// Stacks merged into the frames of a flame graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "report/folded.h"

namespace sonda::report {

/// One box: `count` of all counts, from `start` on, in row `depth`. Row 0 is the one that holds everything.
struct FlameFrame {
  const Frame* frame = nullptr;  ///< borrowed from the stacks; null in row 0
  std::size_t depth = 0;
  std::uint64_t start = 0, count = 0;
};

/// Callers before what they call, neighbours by name; the first is row 0. Equal frames on equal callers are one.
std::vector<FlameFrame> flame_frames(std::span<const CountedStack> stacks);

}  // namespace sonda::report
