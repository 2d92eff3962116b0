// The probes that can be run, and the files of a run, opened: compiled, their maps in the kernel, nothing attached.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <optional>

#include "cli/run/options.h"
#include "front/tool.h"
#include "sonda/probe.h"

namespace sonda::cli {

/// `sonda run` without a file: a row for each probe that has a name, with what its file says of itself.
void list_probes(report::Output& output, report::Format format);

/// `process` is what `$PID` stands for. Throws Error: what a file has, or Error(Stage::usage) for a --set that no
/// file knows.
std::deque<Probe> open_probes(front::Run& run, const RunOptions& options, const std::shared_ptr<MapPool>& maps,
                              std::optional<pid_t> process);

/// Warns of tail calls that will not be made.
void warn_of_jumps(front::Run& run, const ProbeSource& source, const Image& image);

}  // namespace sonda::cli
