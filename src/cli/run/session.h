// `sonda run`: probes attached, their events shown as they come, their maps at the end.
#pragma once

#include "cli/run/options.h"
#include "front/tool.h"

namespace sonda::cli {

/// Runs until a signal, the end of the command, or what the options say. Throws Error.
void run_probes(front::Run& run, const RunOptions& options);

}  // namespace sonda::cli
