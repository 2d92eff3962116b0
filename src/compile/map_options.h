// What the lines of a probe, and the options of a compile, say of its maps.
#pragma once

#include "sonda/compile.h"
#include "sonda/image.h"
#include "sonda/probe_source.h"

namespace sonda {

/// Whether other probes of the run may have the same map.
bool is_shared(const ProbeSource& source, const MapSpec& map);

/// Whether the map stays when the run ends.
bool is_pinned(const ProbeSource& source, const MapSpec& map);

/// Gives the maps the sizes that are asked for. Throws Error(Stage::source) for a line about a map that is not there.
void apply_map_options(Image& image, const ProbeSource& source, const CompileOptions& options);

}  // namespace sonda
