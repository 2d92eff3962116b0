// The values of a queue or a stack as a table.
#pragma once

#include "present/output.h"
#include "present/record_cells.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"

namespace sonda::present {

bool is_queue(const MapSpec& spec);

/// Prints what is in it, first what would be popped first. There is no looking further than that value: all of them are
/// seen only by taking them out, with `take`; without it the next one alone is shown. Throws Error(Stage::read).
void print_queue(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                 TableOutput& output, bool take);

}  // namespace sonda::present
