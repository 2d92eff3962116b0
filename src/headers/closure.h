// Definitions that stand on one another.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "headers/c_names.h"

namespace sonda {

/// Those of `definitions` (name to text) that `names` holds, and all that their texts name, each before its first use;
/// without those in `defined`. The views are of the definitions' own names.
template <class Definitions>
std::vector<std::string_view> closure_of(const Definitions& definitions, const NameSet& names, const NameSet& defined) {
  std::vector<std::string_view> result;
  NameSet seen;
  const auto visit = [&](const auto& self, std::string_view name) -> void {
    const auto found = definitions.find(name);
    if (found == definitions.end() || defined.contains(name) || !seen.insert(name).second) return;
    for (const auto needed : identifiers(found->second)) self(self, needed);
    result.push_back(found->first);
  };
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::ranges::sort(sorted);
  for (const auto name : sorted) visit(visit, name);
  return result;
}

}  // namespace sonda
