// A tool of BCC's that runs until it waits, with the recorder in the kernel's place.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sonda::cli {

/// What came of it.
struct ToolRun {
  std::string record;   ///< the recorder's lines
  std::string printed;  ///< on its terminal
  std::string said;     ///< on its standard error
  int status = 0;       ///< its exit status, or 128 and the signal's number
  bool timed_out = false;
};

/// Starts `words` with a terminal of its own and lets it run until it ends, until nothing came for a while after it
/// attached something, or until `longest` is over; then ends it and what it started. Throws Error(Stage::usage) if it
/// cannot be started, Exit::interrupted if a signal asked to stop.
ToolRun run_recorded(const std::vector<std::string>& words, std::chrono::seconds longest);

}  // namespace sonda::cli
