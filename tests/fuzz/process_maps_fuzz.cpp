// Lines of /proc/PID/maps, whose paths a process chooses.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "elf/mapped_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto line : sonda::split_lines(text))
    if (const auto mapping = sonda::parse_mapping(line))
      if (mapping->path.size() > line.size() || mapping->start >= mapping->end) std::abort();
  return 0;
}
