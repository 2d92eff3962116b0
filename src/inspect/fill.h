// How full maps are, as far as that can be found out cheaply.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "inspect/maps.h"

namespace sonda {

/// Entries in a map (of a ring buffer: bytes) that are in use.
struct Fill {
  enum class Certainty : std::uint8_t {
    exact,     ///< counted, or true by the map's nature
    about,     ///< from a part of the map, or counted some time ago
    at_least,  ///< the counting stopped there
    unknown    ///< the kernel does not tell
  };
  std::uint64_t used = 0;
  Certainty certainty = Certainty::unknown;
  bool operator==(const Fill&) const = default;
};

/// The fill of one map. Looks at most at some 16 000 entries: of a hash that has more, the number is worked out from
/// how many of its buckets held them. Nothing if the map is gone.
std::optional<Fill> count_fill(const MapFacts& map);

/// Keeps the fill of all maps, spending little: a map is counted again when a hundred times what it took has gone by,
/// and no more at a time than the budget allows.
class FillCounter {
 public:
  using Clock = std::chrono::steady_clock;
  /// Counts those that are due. `all`: every one, whatever it costs.
  void refresh(const std::vector<ListedMap>& maps, Clock::duration budget, bool all = false);
  /// What is known of the map; unknown if it was not counted yet.
  Fill find(std::uint32_t map) const;

 private:
  struct Known {
    Fill fill;
    Clock::time_point counted, due;
  };
  std::unordered_map<std::uint32_t, Known> known_;
};

}  // namespace sonda
