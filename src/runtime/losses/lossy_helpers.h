// Helpers of the kernel with which a program can lose something: when they fail, and why.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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

}  // namespace sonda
