// `sonda explain`: what the machine made of a probe, beside its source.
#pragma once

#include <string>
#include <vector>

#include "front/tool.h"

namespace sonda::cli {

struct ExplainOptions {
  std::string file;
  std::vector<std::string> functions;  ///< empty: all
  std::vector<std::string> compiler_flags;
  front::ProbeOptions probe;
  bool plain = false, json = false, words = false;
  std::string page;  ///< where to write the HTML page; empty: nowhere
};
void declare(front::CommandLine& line, ExplainOptions& options);

/// Compiles and loads the probe, attaches nothing. The run's exit status is 1 if the kernel refused a function that was
/// asked for. Throws Error for what stops the whole.
void explain_probe(front::Run& run, const ExplainOptions& options);

}  // namespace sonda::cli
