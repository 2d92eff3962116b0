// `sonda check`: would the kernel take these probes, and what do they cost?
#pragma once

#include "front/options.h"
#include "front/tool.h"

namespace sonda::cli {

struct CheckOptions {
  front::FileOptions input;
  report::Format format = report::Format::text;
  std::string btf;  ///< the types of another kernel, for which nothing is loaded; empty: the running one
};
void declare(front::CommandLine& line, CheckOptions& options);

/// Compiles and loads everything (for another kernel: compiles it), attaches nothing, prints a row for each program.
/// The run's exit status is 0 if the kernel took all of them, 77 if it lacks what the others need, else 1. Throws Error
/// for what stops the whole check.
void check_probes(front::Run& run, const CheckOptions& options);

}  // namespace sonda::cli
