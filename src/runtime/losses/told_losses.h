// What of the counted losses is told.
#pragma once

#include <cstdint>
#include <vector>

#include "sonda/ledger.h"
#include "sonda/loaded_image.h"
#include "sonda/probe_source.h"

namespace sonda {

/// Whether the kernel, too, counts what was lost so: in the perf buffer.
bool is_full_perf_buffer(const Loss& loss);

/// Adds what the programs of `loaded` have lost to `losses`, but for the quiet lines of their source. Returns how many
/// events those lines lost to full perf buffers. Throws Error(Stage::read).
std::uint64_t take_losses(std::vector<Loss>& losses, const LoadedImage& loaded, const ProbeSource& source);

}  // namespace sonda
