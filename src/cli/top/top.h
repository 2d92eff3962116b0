// `sonda top`: every BPF program on the machine, live.
#pragma once

#include "cli/top/options.h"
#include "front/tool.h"

namespace sonda::top {

/// Full-screen on a terminal, else a snapshot every interval. Throws Error.
void show_top(front::Run& run, const TopOptions& options);

}  // namespace sonda::top
