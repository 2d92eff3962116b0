// `sonda top`: every BPF program on the machine, live.
#pragma once

#include "cli/top/options.h"
#include "tools/common/tool.h"

namespace sonda::cli {

/// Full-screen on a terminal, else a snapshot every interval. Throws Error.
void show_top(tools::Run& run, const TopOptions& options);

}  // namespace sonda::cli
