// `sonda import`: a probe file from a program that was written against BCC's Python.
#pragma once

#include <string>
#include <vector>

#include "front/tool.h"

namespace sonda::cli {

struct ImportOptions {
  std::string tool;
  std::vector<std::string> arguments;  ///< the tool's own
  std::vector<std::string> folders;
  std::string file = "-";  ///< what is written; - is standard output
  bool is_path = false;    ///< the tool is a file
  bool absent = false;     ///< functions that this kernel lacks are taken for present
  bool no_fentry = false;  ///< the tool is to believe that the kernel has none
  int seconds = 60;        ///< which the tool may take until it waits
};
void declare(front::CommandLine& line, ImportOptions& options);

/// Runs the tool up to where it waits, with a recorder in the kernel's place, and writes the file. Throws Error: no
/// such tool, no Python module (Exit::cannot_run), a tool that ends before it attaches something.
void import_tool(front::Run& run, const ImportOptions& options);

}  // namespace sonda::cli
