// Whether a map can go on under an edited probe, and values written anew by another layout.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/schema.h"

namespace sonda {

/// What of the map's type, size, key, value or events is another one, in words ("value: field cpu u64 -> u32"); empty
/// if the same map serves both. Names of types do not matter, those of fields do.
std::string map_change(const MapSpec& before, const MapSpec& after);

/// The same for two layouts; what changed is called by `part`.
std::string schema_change(const Schema& before, const Schema& after, std::string_view part);

struct Converted {
  std::vector<std::byte> bytes;  ///< of the new layout; what the old one does not have is zero
  bool fits = true;              ///< false: a number or an array was cut to what there is room for
};

/// Fields of structs go by their name, numbers by their value (the nearest one that fits), arrays by their index.
/// `bytes` holds a value of the layout `before`. Where kinds differ (a number and a struct), nothing is taken over.
Converted convert(std::span<const std::byte> bytes, const Schema& before, const Schema& after);

/// Whether convert() takes anything over.
bool have_in_common(const Schema& before, const Schema& after);

}  // namespace sonda
