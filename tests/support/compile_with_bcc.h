// libbcc used as the worker uses it, for tests of what it is given.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sonda::test {

/// Whether `source` compiles, in an empty current directory. What libbcc prints is kept away unless SONDA_SHOW_BCC is
/// set.
bool compiles_with_bcc(const std::string& source, const std::filesystem::path& kernel_source,
                       const std::vector<std::string>& flags);

}  // namespace sonda::test
