// The files beside a probe that it includes with quotes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/probe_source.h"

namespace sonda {

/// A file that a probe includes with quotes.
struct IncludedFile {
  std::string name;  ///< as the probe calls it: a file's name without a folder
  std::string text;
};

/// Each `#include "NAME"` of the probe, and of these files themselves, that names a file in the probe's own folder: a
/// plain name, so that nothing else can be read. Any other name is left to the compiler. A probe from memory has none.
/// Throws Error(Stage::source) for a file that others could have written (as root), that lies elsewhere in truth, or
/// that is too large, and if there are too many.
std::vector<IncludedFile> included_files(const ProbeSource& source);

/// The plain names that a text includes with quotes, whether there are such files or not.
std::vector<std::string> quoted_includes(std::string_view text);

}  // namespace sonda
