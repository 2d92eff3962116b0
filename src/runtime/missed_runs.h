// Runs of programs that the kernel skipped.
#pragma once

#include <cstdint>

#include "sonda/map.h"

namespace sonda {

/// How often the kernel did not run one of the programs of `loaded`, because one was running on that CPU already.
/// Always 0 before Linux 5.12, which does not count. Throws Error(Stage::read).
std::uint64_t missed_runs(const LoadedImage& loaded);

}  // namespace sonda
