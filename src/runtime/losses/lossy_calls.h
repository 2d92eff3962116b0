// Where a program calls helpers of the kernel that can lose something, or that remove entries of maps: which those
// are, when they fail, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/ledger.h"

namespace sonda {

/// How a call tells that it failed.
enum class Failure : std::uint8_t {
  nonzero,   ///< an int that is not 0
  negative,  ///< an int below 0
  null       ///< no address
};

struct LossyHelper {
  int number = 0;  ///< enum bpf_func_id
  Loss::What what = Loss::What::events;
  int map_register = 0;  ///< the argument that is the map; 0 if there is none
  Failure failure = Failure::nonzero;
  std::span<const int> causes;   ///< errno values that are counted each by itself; all others together
  std::span<const int> no_loss;  ///< errno values with which nothing is lost
};

/// Null for a helper that loses nothing. Lives for ever.
const LossyHelper* lossy_helper(int number);

/// Why the call failed, in words: "full at 8 entries". `error` is one of the helper's causes, or 0 for any other;
/// `map` may be null.
std::string reason_of(const LossyHelper& helper, int error, const MapSpec* map);

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
