// The name of a debug file, as a binary of somebody else's has it: never a way to a file elsewhere.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "read/symbols/module.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto link = sonda::parse_debug_link({reinterpret_cast<const char*>(data), size});
  if (!link) return 0;
  const std::filesystem::path name(link->name);
  if (name.empty() || name != name.filename() || name == "." || name == "..") std::abort();
  if (link->name.find('\0') != link->name.npos || link->name.size() + 1 + sizeof link->checksum > size) std::abort();
  return 0;
}
