#include "front/file_options.h"

#include <algorithm>

#include "sonda/error.h"
#include "sonda/probe_source.h"

namespace sonda::front {
namespace {

bool imports(const std::string& file) {
  try {
    return ProbeSource::open(file).text().find("\"extern\"") != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> exporters_first(std::vector<std::string> files) {
  if (files.size() > 1) std::ranges::stable_partition(files, [](const std::string& file) { return !imports(file); });
  return files;
}

void declare(CommandLine& line, FileOptions& options, Files files) {
  line.inherit_options();
  line.arguments("FILE", options.files, "Probe files, or names of probes that are installed")
      .required(files == Files::some);
  line.texts("--cflag", "FLAG", options.compiler_flags, "Give the compiler a flag, e.g. --cflag=-DDEBUG");
  declare_compile(line, options.probe);
}

OpenOptions open_options(Run& run, const FileOptions& options) {
  auto open = run.open_options(options.probe);
  open.compile.flags = options.compiler_flags;
  return open;
}

}  // namespace sonda::front
