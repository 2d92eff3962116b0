// Every BPF map on the machine, and how full it is, as far as that can be found out cheaply.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sonda/image.h"

namespace sonda {

/// What does not change while a map is there. The name is raw bytes from whoever made it: escape before printing.
struct MapFacts {
  std::uint32_t id = 0;
  std::uint32_t type = 0;  ///< enum bpf_map_type
  std::string name;
  std::uint32_t key_size = 0, value_size = 0;  ///< bytes
  std::uint32_t max_entries = 0, flags = 0;
  std::uint32_t btf = 0, key_type = 0, value_type = 0;  ///< its type information; 0 if it has none
};

/// Its figures, without a word of what keys and values are.
MapSpec spec_of(const MapFacts& map);

struct ListedMap {
  const MapFacts* facts = nullptr;      ///< borrowed from the list
  std::optional<std::uint64_t> memory;  ///< bytes of kernel memory, as told within the last seconds
};

class MapList {
 public:
  /// All maps now, by number, as ProgramList::read() does. The memory of each is asked for again if `refresh_memory`.
  std::vector<ListedMap> read(bool refresh_memory);

 private:
  struct Known {
    MapFacts facts;
    std::optional<std::uint64_t> memory;
  };
  std::unordered_map<std::uint32_t, Known> known_;
};

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
