// Maps that the modules of one process share: BPF_TABLE_PUBLIC of one, BPF_TABLE("extern", ...) of another.
#pragma once

#include <vector>

#include "sonda/image.h"
#include "sonda/loaded_image.h"

namespace sonda::bcc {

/// What modules made public so far, as a later one may import it. Any thread.
std::vector<MapSpec> public_maps();

/// Where the maps of a module come from: shared, imported and pinned ones from where they are, others made anew. What
/// is made public stays until the process ends, as libbcc keeps it. Any thread, one module at a time.
LoadedImage::MapSource shared_map_source();

}  // namespace sonda::bcc
