// Counted stacks: folded lines and flame graphs.
#pragma once

#include <vector>

#include "present/record_cells.h"
#include "report/flamegraph.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda::present {

/// The stacks that the keys of `map` name, with the numbers that are its values, below the names of their processes.
/// Empty if no field of the key is a stack, or if the value is no number. Throws Error(Stage::read).
std::vector<report::CountedStack> counted_stacks(const Map& map, const ProbeSource& source, const LoadedImage& loaded,
                                                 ShowResources& resources);

}  // namespace sonda::present
