// The probe files of a command line.
#pragma once

#include <string>
#include <vector>

#include "front/options.h"
#include "front/tool.h"
#include "sonda/probe.h"

namespace sonda::front {

/// What every command that takes probe files shares: which, and how to compile them.
struct FileOptions {
  std::vector<std::string> files;
  std::vector<std::string> compiler_flags;
  ProbeOptions probe;
};
enum class Files : unsigned char { some, any };
/// At least one file is needed, or none.
void declare(CommandLine& line, FileOptions& options, Files files = Files::some);

/// What Probe::open() takes.
OpenOptions open_options(Run& run, const FileOptions& options);

/// The files, those that use other files' maps (BPF_TABLE("extern", ...)) behind the others; else as they are given.
/// One that cannot be read stays among the others: opening it will say why.
std::vector<std::string> exporters_first(std::vector<std::string> files);

}  // namespace sonda::front
