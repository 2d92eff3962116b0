// What the probe's functions do with its maps, as Clang sees it: what events are, how slots of histograms are made.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "compile/worker/slot_search.h"
#include "sonda/schema.h"

namespace sonda {

struct MapUse {
  /// Of a buffer what its events are; nothing if it gets several types, or memory of no type.
  std::optional<Schema> event;
  bool has_events = false;
  bool is_histogram = false;  ///< it was declared as one
  /// How the fields of its keys are made, by their names; "" of a key that is no struct.
  std::map<std::string, Made> made;
};

/// By the names of maps, of the compile that ended last. Takes them out.
std::map<std::string, MapUse> take_map_uses();

}  // namespace sonda
