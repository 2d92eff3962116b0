// The command line of `sonda run`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/column.h"
#include "sonda/probe.h"
#include "tools/common/options.h"
#include "tools/common/tool.h"

namespace sonda::cli {

/// What `run` and `check` share: the files, and how to compile them.
struct FileOptions {
  std::vector<std::string> files;
  std::vector<std::string> compiler_flags;
  tools::ProbeOptions probe;
};
enum class Files : unsigned char { some, any };
/// At least one file is needed, or none.
void declare(tools::CommandLine& line, FileOptions& options, Files files = Files::some);

/// What Probe::open() takes.
OpenOptions open_options(tools::Run& run, const FileOptions& options);

struct RunOptions {
  FileOptions input;
  bool has_command = false;
  std::vector<std::string> command;  ///< and its arguments
  std::vector<std::string> attach;   ///< "POINT=FUNCTION"; in place of what the files say
  std::optional<pid_t> pid;
  std::optional<std::chrono::nanoseconds> duration, interval;
  std::optional<std::uint64_t> count;  ///< events, then end
  std::vector<std::string> maps;       ///< show these only
  std::vector<std::string> buffers;    ///< "NAME=PAGES"
  bool strict = false;                 ///< a loss is an exit status
  std::optional<std::uint64_t> top;
  std::string sort;
  std::string pins, flamegraph;
  bool folded = false;
  bool watch = false, migrate = false;  ///< the files' edits go live; maps that change take over what still fits
  report::Format format = report::Format::text;
};
void declare(tools::CommandLine& line, RunOptions& options);

/// What --buffer says: names and pages. Throws Error(Stage::usage).
std::vector<std::pair<std::string, std::uint32_t>> buffer_pages(const RunOptions& options);

/// Throws Error(Stage::usage) for options that do not go together.
void check(const RunOptions& options);

}  // namespace sonda::cli
