// The command line of `sonda top`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "report/column.h"
#include "tools/common/options.h"

namespace sonda::cli {

struct TopOptions {
  std::optional<std::chrono::nanoseconds> interval, duration;
  std::optional<std::uint64_t> count;  ///< snapshots, then end
  bool once = false;
  bool maps = false;  ///< the maps instead of the programs
  std::string map;    ///< the entries of this map: its number or name
  std::string sort, filter;
  bool reverse = false;
  std::optional<std::uint64_t> most;  ///< rows of each snapshot
  report::Format format = report::Format::text;
};
void declare(tools::CommandLine& line, TopOptions& options);

}  // namespace sonda::cli
