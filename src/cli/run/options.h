// The command line of `sonda run`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "front/attach_plan.h"
#include "front/options.h"
#include "report/column.h"

namespace sonda::cli {

struct RunOptions {
  front::FileOptions input;
  bool has_command = false;
  std::vector<std::string> command;  ///< and its arguments
  front::AskedPoints attach;
  std::vector<std::string> map_entries;  ///< "MAP[KEY]=VALUE"
  std::optional<pid_t> pid;
  std::optional<std::chrono::nanoseconds> duration, interval;
  std::optional<std::uint64_t> count;  ///< events, then end
  std::vector<std::string> maps;       ///< show these only
  std::vector<std::string> buffers;    ///< "NAME=PAGES"
  bool strict = false;                 ///< a loss is an exit status
  std::optional<std::uint64_t> top;
  bool times = false;  ///< each row begins with its time
  std::string sort, where;
  bool delta = false, clear = false;  ///< of a snapshot what is new; maps are emptied after each
  std::string pins, flamegraph;
  bool folded = false;
  bool migrate = false;  ///< under --watch: maps that change take over what still fits
  report::Format format = report::Format::text;
};
void declare(front::CommandLine& line, RunOptions& options);

/// What --buffer says: names and pages. Throws Error(Stage::usage).
std::vector<std::pair<std::string, std::uint32_t>> buffer_pages(const RunOptions& options);

/// Throws Error(Stage::usage) for options that do not go together.
void check(const RunOptions& options);

}  // namespace sonda::cli
