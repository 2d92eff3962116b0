// `sonda shell`: a prompt at which probes are loaded, attached, looked at and changed while they run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "front/options.h"
#include "front/tool.h"

namespace sonda::shell {

struct ShellOptions {
  front::FileOptions input;
  std::vector<std::string> commands;  ///< of -e: in place of those on standard input
  std::optional<pid_t> pid;
  std::string pins;
  bool keep_going = false;  ///< after an error, where nobody sits at a prompt
  report::Format format = report::Format::text;
};
void declare(front::CommandLine& line, ShellOptions& options);

/// Runs until the end of what it reads, `quit`, an error where nobody sits at a prompt, or SIGTERM. Throws Error.
void run_shell(front::Run& run, const ShellOptions& options);

}  // namespace sonda::shell
