// The package that a file came with.
#pragma once

#include <filesystem>
#include <string>

namespace sonda::cli {

/// "NAME VERSION" by the records of dpkg, for files of BCC's packages; empty if they do not say.
std::string package_of(const std::filesystem::path& file);

}  // namespace sonda::cli
