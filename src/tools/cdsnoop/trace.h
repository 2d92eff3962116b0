// cdsnoop's two ways to watch.
#pragma once

#include <filesystem>

#include "sonda/probe.h"
#include "tools/cdsnoop/options.h"
#include "tools/common/tool.h"

namespace sonda::tools {

/// Every directory change, exactly. Returns when the options or a signal say so.
void trace_changes(Run& run, const CdsnoopOptions& options);

/// The first version's way: guesses from the order of three functions' return values in trace_pipe.
void trace_classic(Run& run, const CdsnoopOptions& options);

/// Attaches its probe to the three functions; gives the file that readline was found in.
std::filesystem::path attach_classic(Probe& probe, const std::filesystem::path& bash);

}  // namespace sonda::tools
