// What two maps must have in common to be used as one.
#pragma once

#include <cstdint>
#include <string>

#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

struct MapLayout {
  std::uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0;
  std::string key, value;  ///< as C would declare them; empty if nothing describes them
};

MapLayout layout_of(const MapSpec& spec);
/// Of a map in the kernel, with the types that it was described by when it was made.
MapLayout layout_of(const UniqueFd& map);

/// Declarations are compared where both have one.
bool operator==(const MapLayout& a, const MapLayout& b);

/// "hash of 1024: struct key_t { u32 pid; } -> u64".
std::string describe(const MapLayout& layout);

}  // namespace sonda
