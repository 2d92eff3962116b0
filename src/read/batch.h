// The ways to walk over a map's entries: in batches, or key by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sonda/map.h"

namespace sonda {

/// Entries in flat memory.
struct Entries {
  std::size_t key_size = 0, value_size = 0;  ///< bytes of each; a per-CPU value is all CPUs' values, padded
  std::vector<std::byte> keys, values;
  std::size_t count = 0;
  std::uint64_t calls = 0;  ///< system calls made
  bool complete = true;     ///< false if entries that stayed may be missing
  /// The walk stops when it has so many (or, of maps that are slots, has looked at so many), or a few more.
  std::size_t most = SIZE_MAX;
  /// Whether it stopped for that, and then, of a hash, in how many of its buckets it has been (0: not known).
  bool cut = false;
  std::uint32_t buckets_seen = 0;

  explicit Entries(const MapSpec& spec);
  /// Makes room for `more` entries behind the `count` that are there.
  void make_room(std::size_t more);
  /// Gives back the room that was not used.
  void trim();
  std::byte* key_at(std::size_t index) { return keys.data() + index * key_size; }
  std::byte* value_at(std::size_t index) { return values.data() + index * value_size; }
};

enum class Take { copy, remove };  ///< whether the entries that are read stay in the map

/// Reads all entries into `out`. False, with nothing read, if this kernel has no such batches for this type of map.
/// Throws Error(Stage::read).
bool read_in_batches(const Map& map, Take take, Entries& out);

/// The same without batches. Throws Error(Stage::read).
void read_key_by_key(const Map& map, Entries& out);

}  // namespace sonda
