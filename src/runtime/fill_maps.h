// Entries that maps begin with: `// @set MAP[KEY] = VALUE`.
#pragma once

#include <functional>
#include <vector>

#include "sonda/loaded_image.h"
#include "sonda/probe_source.h"

namespace sonda {

/// Sets what `source` says, then `more`, in those maps that are `wanted`. Of `more`, maps that the image lacks are left
/// out. Throws Error(Stage::source) at the line of what cannot be set, Error(Stage::usage) for what is in no file.
void fill_maps(const LoadedImage& loaded, const ProbeSource& source, const std::vector<MapEntry>& more,
               const std::function<bool(const MapSpec& map)>& wanted);

}  // namespace sonda
