// A probe's global and static variables as a table: name, type, value.
#pragma once

#include "present/output.h"
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

}  // namespace sonda::present
