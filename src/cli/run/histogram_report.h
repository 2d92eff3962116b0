// BPF_HISTOGRAM maps as BCC prints them.
#pragma once

#include "cli/run/output.h"
#include "cli/run/record_cells.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda::cli {

/// Whether the map was declared as a histogram.
bool is_histogram(const ProbeSource& source, const MapSpec& spec);

/// Prints it: one histogram or, where keys are structs, one for each key. Throws Error(Stage::read).
void print_histogram(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output);

}  // namespace sonda::cli
