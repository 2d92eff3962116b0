// The maps of all probes of a run.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "sonda/probe.h"

namespace sonda::present {

/// Whether other probes of the run may have the same map.
bool is_shared(const ProbeSource& source, const Image& image, const std::string& map);

/// Whether the map stays when the run ends.
bool is_pinned(const ProbeSource& source, const MapSpec& spec);

/// Calls use(probe, map) for each map that is `wanted`, by its name; for one that is shared, once.
template <class Wanted, class Use>
void for_each_map(std::deque<Probe>& probes, Wanted wanted, Use use) {
  std::set<std::string> done;
  for (auto& probe : probes)
    for (const auto& map : probe.loaded().maps()) {
      const auto& name = map->spec().name;
      const bool again = !done.insert(name).second && is_shared(probe.source(), probe.image(), name);
      if (!again && wanted(name)) use(probe, *map);
    }
}

}  // namespace sonda::present
