// Where the symbols of a stripped binary are kept.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "elf/reader.h"

namespace sonda {

/// The build id of an open binary, in hexadecimal; empty if it has none. Throws what ElfReader throws.
std::string build_id_of(const ElfReader& file);

/// The debug file that belongs to `file`, which is called `path` inside each of `roots`: by build id below
/// /usr/lib/debug/.build-id, or by the name in .gnu_debuglink, beside the binary, in .debug beside it, and below
/// /usr/lib/debug. One with another build id or checksum is passed over, so is one that is damaged.
std::optional<ElfReader> find_debug_file(const ElfReader& file, const std::filesystem::path& path,
                                         std::span<const std::filesystem::path> roots);

}  // namespace sonda
