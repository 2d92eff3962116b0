// The kernel headers that a probe is compiled against: here the kernel's own, as they are installed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sonda {

/// How libbcc is told to find the headers.
struct HeaderTree {
  std::filesystem::path kernel_source;  ///< value for BCC_KERNEL_SOURCE
  std::vector<std::string> flags;       ///< further flags for the compiler
  std::string description;              ///< one line, for -v
};

/// The headers of the running kernel's own build, as its packages install them below /lib/modules/RELEASE.
/// Throws Error(Stage::kernel) if they are not there.
HeaderTree kernel_headers();
/// The same from the folder `modules`, of which `build` and perhaps `source` are looked at.
HeaderTree kernel_headers(const std::filesystem::path& modules);

}  // namespace sonda
