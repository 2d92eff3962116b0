// Whether a map can go on under an edited probe.
#pragma once

#include <string>

#include "sonda/image.h"

namespace sonda {

/// What of the map's type, size, key, value or events is another one, in words ("value: field cpu u64 -> u32"); empty
/// if the same map serves both. Names of types do not matter, those of fields do.
std::string map_change(const MapSpec& before, const MapSpec& after);

/// The same for two layouts; what changed is called by `part`.
std::string schema_change(const Schema& before, const Schema& after, std::string_view part);

}  // namespace sonda
