// The kernel headers that a probe is compiled against: made from the running kernel's BTF, or the kernel's own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel/header_cache.h"

namespace sonda {

struct HeaderRequest {
  std::string source;            ///< the probe's whole text
  std::filesystem::path output;  ///< an empty folder of ours; what is made is written here
  /// Where headers for the same names and the same `origin` are taken from and kept, if anywhere. Those with types of
  /// modules, which come and go, are not.
  std::optional<HeaderCache> cache;
  std::string origin;  ///< tells apart all that is not in the source: the kernel, the header tree, libbcc, Sonda
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
