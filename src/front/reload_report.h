// What is said of a reload: lines for people, objects for programs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "report/json_line.h"
#include "sonda/reload.h"

namespace sonda::front {

/// The first line says what the edit cost; a line follows for each map that is not what it was, and for each point
/// that was attached or detached.
std::vector<std::string> describe(const std::string& file, const Reload& reload, std::chrono::nanoseconds since_save);

/// The same as {"type":"reload",...}; docs/live.md has its shape.
report::Json to_json(const std::string& file, const Reload& reload, std::chrono::nanoseconds since_save);

/// A function's runs under the program before a swap, and under the one after it.
struct RunsAround {
  std::string function;
  RunCount before, after;
};

/// One line; empty if there were no runs to compare.
std::string describe(const std::string& file, const std::vector<RunsAround>& runs);
/// The same as {"type":"reload_runs",...}.
report::Json to_json(const std::string& file, const std::vector<RunsAround>& runs);

}  // namespace sonda::front
