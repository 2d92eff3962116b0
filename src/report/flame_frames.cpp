#include "report/flame_frames.h"

#include <algorithm>

namespace sonda::report {

std::vector<FlameFrame> flame_frames(std::span<const CountedStack> stacks) {
  std::vector<const CountedStack*> sorted;
  for (const auto& stack : stacks)
    if (stack.count != 0) sorted.push_back(&stack);
  std::ranges::stable_sort(sorted, {}, [](const CountedStack* stack) -> const auto& { return stack->frames; });

  std::vector<FlameFrame> frames{{}};
  std::vector<std::size_t> open{0};  // indices of the frames that the last stack was in, outermost first
  std::uint64_t total = 0;
  const std::vector<Frame> none;
  const auto* last = &none;
  for (const auto* stack : sorted) {
    const auto same = std::ranges::mismatch(*last, stack->frames);
    open.resize(static_cast<std::size_t>(same.in1 - last->begin()) + 1);
    for (auto at = same.in2; at != stack->frames.end(); ++at) {
      frames.push_back({.frame = &*at, .depth = open.size(), .start = total});
      open.push_back(frames.size() - 1);
    }
    for (const auto index : open) frames[index].count += stack->count;
    total += stack->count;
    last = &stack->frames;
  }
  return frames;
}

}  // namespace sonda::report
