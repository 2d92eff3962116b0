// `sonda doctor`: what this machine can do, and what to do about what it cannot.
#pragma once

#include <string>
#include <vector>

#include "front/tool.h"

namespace sonda::cli {

struct DoctorOptions {
  std::vector<std::string> only;  ///< ids and sections
  bool examples = false, list = false, json = false;
};
void declare(front::CommandLine& line, DoctorOptions& options);

/// Runs the checks and prints what each came to. The run's exit status is 1 if something is broken, else 77 if
/// something is not there that the tools need or that was asked for by name, else 0. Throws Error(Stage::usage).
void examine_machine(front::Run& run, const DoctorOptions& options);

}  // namespace sonda::cli
