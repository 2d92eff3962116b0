// Which files are a bash, and where in them is what the probe needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "sonda/link.h"

namespace sonda::bash {

/// The builtins that change the directory; the number is what the probe is told.
enum class Builtin : std::uint8_t { cd, pushd, popd };

/// Places in one bash, as virtual addresses of its symbol table. All of them are dynamic symbols, which strip(1) leaves
/// in place: bash is linked so that its loadable builtins find them.
struct BashBinary {
  std::uint64_t directory = 0;  ///< the variable the_current_working_directory
  std::uint64_t cd = 0;         ///< cd_builtin
  std::uint64_t pushd = 0;      ///< pushd_builtin; 0 in a bash that was built without it
  std::uint64_t popd = 0;
  std::vector<std::uint64_t> messages;  ///< builtin_error and report_error
  std::vector<std::uint64_t> strerror;  ///< what its calls of strerror go through; empty if that cannot be told

  /// All of them, each with the cookie that the probe wants there.
  std::vector<UprobeSpot> spots() const;
};

/// `strerror` of a C library, with its cookie.
UprobeSpot strerror_spot(std::uint64_t address);

/// Nothing if the file at `path` is not a bash: not ELF, of another processor, without these symbols, damaged.
std::optional<BashBinary> read_bash(const std::filesystem::path& path);

}  // namespace sonda::bash
