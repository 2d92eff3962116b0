// The kernel headers that a probe is compiled against, made from the running kernel's BTF.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "headers/header_cache.h"
#include "kernel/kernel_headers.h"

namespace sonda {

struct HeaderRequest {
  std::string source;            ///< the probe's whole text
  std::filesystem::path output;  ///< an empty folder of ours; what is made is written here
  /// Where headers for the same names and the same `origin` are taken from and kept, if anywhere. Those with types of
  /// modules, which come and go, are not.
  std::optional<HeaderCache> cache;
  std::filesystem::path btf;  ///< the types of another kernel; empty: the running one's
  std::string origin;         ///< tells apart all that is not in the source: the kernel, the header tree, libbcc, Sonda
};

/// Writes headers that hold the types, constants and configuration that the source names, as the running kernel has
/// them, or the one whose types are given. Throws Error(Stage::kernel) if the kernel shows no BTF or the files cannot
/// be written.
HeaderTree make_header_tree(const HeaderRequest& request);

}  // namespace sonda
