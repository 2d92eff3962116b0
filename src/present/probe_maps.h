// The maps of all probes of a run.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "compile/map_options.h"
#include "sonda/probe.h"

namespace sonda::present {

/// Calls use(probe, map) for each map that is `wanted`, by its name; for one that is shared, once.
template <class Wanted, class Use>
void for_each_map(std::deque<Probe>& probes, Wanted wanted, Use use) {
  std::set<std::string> done;
  for (auto& probe : probes)
    for (const auto& map : probe.loaded().maps()) {
      const auto& name = map->spec().name;
      const bool again = !done.insert(name).second && is_shared(probe.source(), map->spec());
      if (!again && wanted(name)) use(probe, *map);
    }
}

}  // namespace sonda::present
