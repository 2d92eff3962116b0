// `sonda list`: the attach points of this machine.
#pragma once

#include <string>
#include <vector>

#include "front/tool.h"

namespace sonda::cli {

struct ListOptions {
  std::vector<std::string> patterns;  ///< empty: the kinds
  bool json = false;
};
void declare(front::CommandLine& line, ListOptions& options);

/// Prints what matches, with -v and in JSON the arguments of each. The run's exit status is 1 if nothing matched one of
/// the patterns, 2 if one is no pattern, and 77 if what all of them ask for is not here.
void list_points(front::Run& run, const ListOptions& options);

}  // namespace sonda::cli
