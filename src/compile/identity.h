// What tells apart the files that an image depends on, without reading them.
#pragma once

#include <filesystem>
#include <string>

namespace sonda {

/// A file's real name, size and time of change.
std::string file_identity(const std::filesystem::path& path);

/// The worker and its libbcc.
std::string compiler_identity(const std::filesystem::path& worker);

}  // namespace sonda
