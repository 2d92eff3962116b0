// What the probe's functions do with its maps, as Clang sees it: what events are, how slots of histograms are made.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sonda/schema.h"

namespace sonda {

struct MapUse {
  /// Of a buffer what its events are; nothing if it gets several types, or memory of no type.
  std::optional<Schema> event;
  bool has_events = false;
  bool by_power = false;  ///< keys are made with bpf_log2() or bpf_log2l()
};

/// By the names of maps, of the compile that ended last. Takes them out.
std::map<std::string, MapUse> take_map_uses();

}  // namespace sonda
