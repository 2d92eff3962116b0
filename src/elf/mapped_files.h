// What a process has mapped as code: lines of /proc/PID/maps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonda {

struct Mapping {
  std::uint64_t start = 0, end = 0;  ///< addresses; the end is the first that is not in it
  std::uint64_t offset = 0;          ///< of `start` in the file
  std::uint64_t device = 0, inode = 0;
  bool code = false;
  std::string path;  ///< without " (deleted)"; "[vdso]" and the like; may be empty
  bool operator==(const Mapping&) const = default;
};

/// "7f12000-7f13000 r-xp 00001000 08:01 1234   /usr/lib/libc.so.6"; nothing if it is no such line.
std::optional<Mapping> parse_mapping(std::string_view line);

}  // namespace sonda
