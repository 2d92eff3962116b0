// Maps of some kinds, each shown in its own way: variables, queues, counted stacks.
#pragma once

#include <vector>

#include "present/output.h"
#include "present/record_cells.h"
#include "read/show.h"
#include "report/flamegraph.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda::present {

/// Whether the map is the probe's variables, or constants that have names.
bool has_variables(const MapSpec& spec);

/// Prints a row for each variable, as the probe's `@show` lines say. Throws Error(Stage::read).
void print_variables(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output);

bool is_queue(const MapSpec& spec);

/// Prints what is in it, first what would be popped first. There is no looking further than that value: all of them are
/// seen only by taking them out, with `take`; without it the next one alone is shown. Throws Error(Stage::read).
void print_queue(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                 TableOutput& output, bool take);

/// The stacks that the keys of `map` name, with the numbers that are its values, below the names of their processes.
/// Empty if no field of the key is a stack, or if the value is no number. Throws Error(Stage::read).
std::vector<report::CountedStack> counted_stacks(const Map& map, const ProbeSource& source, const LoadedImage& loaded,
                                                 ShowResources& resources);

}  // namespace sonda::present
