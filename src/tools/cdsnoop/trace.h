// cdsnoop's two ways to watch.
#pragma once

#include "front/tool.h"
#include "tools/cdsnoop/options.h"

namespace sonda::cdsnoop {

/// Every directory change, exactly. Returns when the options or a signal say so.
void trace_changes(front::Run& run, const CdsnoopOptions& options);

/// The first version's way: guesses from the order of three functions' return values in trace_pipe.
void trace_classic(front::Run& run, const CdsnoopOptions& options);

}  // namespace sonda::cdsnoop
