// cdsnoop's command line, and its two ways to watch.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "front/options.h"
#include "front/tool.h"

namespace sonda::cdsnoop {

struct CdsnoopOptions {
  std::vector<pid_t> pids;  ///< empty: all
  std::optional<std::uint32_t> uid;
  std::optional<std::filesystem::path> shell;  ///< only this bash
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> count;
  std::string where;
  bool failures_only = false;
  bool date = false;
  bool classic = false;
  report::Format format = report::Format::text;
  front::ProbeOptions probe;
};

void declare(front::CommandLine& line, CdsnoopOptions& options);

/// Throws Error(Stage::usage) if the options contradict each other.
void check(const CdsnoopOptions& options);

/// A user's number, by name or number. Throws Error(Stage::usage) if there is no such user.
std::uint32_t find_user(const std::string& name);

/// Every directory change, exactly. Returns when the options or a signal say so.
void trace_changes(front::Run& run, const CdsnoopOptions& options);

/// The first version's way: guesses from the order of three functions' return values in trace_pipe.
void trace_classic(front::Run& run, const CdsnoopOptions& options);

}  // namespace sonda::cdsnoop
