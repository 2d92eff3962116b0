// Where the functions of a probe go in this run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/probe.h"

namespace sonda::front {

/// What is asked for beside the file: texts "POINT=FUNCTION".
struct AskedPoints {
  std::vector<std::string> more;  ///< --attach: beside what the file says
  std::vector<std::string> only;  ///< --attach-only: in place of it
  bool empty() const noexcept { return more.empty() && only.empty(); }
};

/// The function of "POINT=FUNCTION", for `option`. Throws Error(Stage::usage) if there is none.
std::string function_asked(std::string_view option, const std::string& text);

/// What the file says and the command line asks for, of functions that the file has; limited to `process` where a point
/// can be. `notes` gets a line for each point that cannot. Throws Error(Stage::usage) for a text that is wrong.
std::vector<Attachment> attach_plan(const ProbeSource& source, const Image& image, const AskedPoints& asked,
                                    std::optional<pid_t> process, std::vector<std::string>& notes);
inline std::vector<Attachment> attach_plan(const Probe& probe, const AskedPoints& given, std::optional<pid_t> process,
                                           std::vector<std::string>& notes) {
  return attach_plan(probe.source(), probe.image(), given, process, notes);
}

/// Functions of the file that are in no attachment of the plan that no `@tailcall` leads to and no other one calls:
/// they never run.
std::vector<std::string> left_out(const ProbeSource& source, const Image& image, const std::vector<Attachment>& plan);

}  // namespace sonda::front
