// A probe's global and static variables as a table: name, type, value.
#pragma once

#include "present/output.h"
#include "present/record_cells.h"
#include "read/show.h"
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

}  // namespace sonda::present
