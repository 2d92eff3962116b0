// Where the functions of a probe go in this run.
#pragma once

#include <string>
#include <vector>

#include "sonda/probe.h"

namespace sonda::front {

/// What the command line says or, if it says nothing, the file; limited to `process` where a point can be. `notes` gets
/// a line for each point that cannot. Throws Error(Stage::usage) for an --attach that is wrong.
std::vector<Attachment> attach_plan(const ProbeSource& source, const Image& image,
                                    const std::vector<std::string>& given, std::optional<pid_t> process,
                                    std::vector<std::string>& notes);
inline std::vector<Attachment> attach_plan(const Probe& probe, const std::vector<std::string>& given,
                                           std::optional<pid_t> process, std::vector<std::string>& notes) {
  return attach_plan(probe.source(), probe.image(), given, process, notes);
}

/// Functions of the file that are in no attachment of the plan that no `@tailcall` leads to and no other one calls:
/// they never run.
std::vector<std::string> left_out(const ProbeSource& source, const Image& image, const std::vector<Attachment>& plan);

}  // namespace sonda::front
