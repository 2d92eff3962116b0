// Where a program calls helpers that can lose something.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/losses/lossy_helpers.h"

namespace sonda {

struct LossyCall {
  std::uint32_t instruction = 0;
  const LossyHelper* helper = nullptr;
  std::optional<std::uint32_t> map;  ///< index into Image::maps; none if it is not the same one on every way there
  std::uint32_t line = 0;            ///< of the user's file; 0 if unknown
};

/// In the order of their instructions. A read whose result the program itself looks at is none.
std::vector<LossyCall> lossy_calls(const ProgramSpec& program);

}  // namespace sonda
