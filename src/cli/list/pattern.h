// What a pattern of `sonda list` asks for.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "sonda/attach_point.h"

namespace sonda::cli {

/// "tracepoint:sched:*", "usdt:./prog:* pid=12", "software", "*sched_switch*".
struct ListPattern {
  std::string text;  ///< as it was given
  std::string kind;  ///< empty: all that are in the kernel
  std::string rest;  ///< what is behind the kind; may be empty
  pid_t pid = all_pids;
};

/// Throws Error(Stage::usage), with near matches, if what stands before the first colon is no kind of attach point, and
/// if the pid is none.
ListPattern parse_list_pattern(std::string_view text);

}  // namespace sonda::cli
