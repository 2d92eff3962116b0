// The ways to walk over a map's entries: in batches, through a mapping, or key by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
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
  /// Whether entries that are zero on every CPU are left out.
  bool skips_zero = false;
  /// Asked now and then: whether the walk is to stop where it is.
  std::function<bool()> stop;

  /// Memory for all of the map's entries is asked for in advance, unless most of them will be left out.
  explicit Entries(const MapSpec& spec, bool without_zeros = false);
  /// Makes room for `more` entries behind the `count` that are there.
  void make_room(std::size_t more);
  /// Gives back the room that was not used.
  void trim();
  /// Counts the `got` entries behind the `count` that are there, or those of them that are wanted.
  void accept(std::size_t got);
  /// Counts the entry that is `from`, at or behind the `count` that are there: it moves next to them.
  void keep(std::size_t from);
  bool is_to_stop() const { return stop && stop(); }
  std::byte* key_at(std::size_t index) { return keys.data() + index * key_size; }
  std::byte* value_at(std::size_t index) { return values.data() + index * value_size; }
};

bool is_all_zero(std::span<const std::byte> bytes);

enum class Take { copy, remove };  ///< whether the entries that are read stay in the map

/// Reads all entries into `out`. False, with nothing read, if this kernel has no such batches for this type of map.
/// Throws Error(Stage::read).
bool read_in_batches(const Map& map, Take take, Entries& out);

/// Reads an array through a mapping of its memory. False, with nothing read, if it was not made for that.
bool read_mapped(const Map& map, Entries& out);

/// The same without batches. Throws Error(Stage::read).
void read_key_by_key(const Map& map, Entries& out);

}  // namespace sonda
