// Where a program calls helpers that can lose something, or that remove entries of maps.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/losses/lossy_helpers.h"

namespace sonda {

/// Where a program asks whether it was given an address. Old kernels (seen: 5.10, 6.1) do not know at a second question
/// what the first one told, so there may be one only.
struct NullCheck {
  std::uint32_t instruction = 0;  ///< a jump, if a register is 0 or if it is not
  std::uint8_t free[2] = {};      ///< registers with nothing in them there
};

struct LossyCall {
  std::uint32_t instruction = 0;
  const LossyHelper* helper = nullptr;
  std::optional<std::uint32_t> map;  ///< index into Image::maps; none if it is not the same one on every way there
  std::optional<NullCheck> check;    ///< of a call that gives an address; none if that is not clear
  std::uint32_t line = 0;            ///< of the user's file; 0 if unknown
};

/// In the order of their instructions. A read whose result the program itself looks at is none.
std::vector<LossyCall> lossy_calls(const ProgramSpec& program);

/// The maps, as indices into Image::maps, that the program removes entries from.
std::vector<std::uint32_t> maps_deleted_from(const ProgramSpec& program);

}  // namespace sonda
