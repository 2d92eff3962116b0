#include "cli/run/file_order.h"

#include <algorithm>

#include "sonda/error.h"
#include "sonda/probe_source.h"

namespace sonda::cli {
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

}  // namespace sonda::cli
