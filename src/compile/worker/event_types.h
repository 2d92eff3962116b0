// What the probe's events are, by the types of what it hands to perf_submit() and its kind.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sonda/schema.h"

namespace sonda {

/// Of each buffer the type of its events, in the compile that ended last; nothing for one that gets several types, or
/// memory of no type. Takes them out.
std::map<std::string, std::optional<Schema>> take_event_types();

}  // namespace sonda
