// The kernel headers that a probe is compiled against: made from the running kernel's BTF, or the kernel's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sonda {

struct HeaderRequest {
  std::string source;            ///< the probe's whole text
  std::filesystem::path output;  ///< an empty folder of ours; what is made is written here
};

/// How libbcc is told to find the headers.
struct HeaderTree {
  std::filesystem::path kernel_source;  ///< value for BCC_KERNEL_SOURCE
  std::vector<std::string> flags;       ///< further flags for the compiler
  std::string description;              ///< one line, for -v
};

/// Writes headers that hold the types, constants and configuration that the source names, as the running kernel has
/// them. Throws Error(Stage::kernel) if the kernel shows no BTF or the files cannot be written.
HeaderTree make_header_tree(const HeaderRequest& request);

/// The headers of the running kernel's own build, as its packages install them below /lib/modules/RELEASE.
/// Throws Error(Stage::kernel) if they are not there.
HeaderTree kernel_headers();
/// The same from the folder `modules`, of which `build` and perhaps `source` are looked at.
HeaderTree kernel_headers(const std::filesystem::path& modules);

}  // namespace sonda
