// `sonda top`: every BPF program on the machine, live.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "front/tool.h"
#include "report/column.h"

namespace sonda::top {

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
void declare(front::CommandLine& line, TopOptions& options);

/// Full-screen on a terminal, else a snapshot every interval. Throws Error.
void show_top(front::Run& run, const TopOptions& options);

}  // namespace sonda::top
