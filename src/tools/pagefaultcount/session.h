// One run from attaching to the last line.
#pragma once

#include "front/tool.h"
#include "tools/pagefaultcount/settings.h"

namespace sonda::pagefaultcount {

/// Counts and reports as `settings` say. Throws what its parts throw.
void count_faults(front::Run& run, const Settings& settings);

}  // namespace sonda::pagefaultcount
