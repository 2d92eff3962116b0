#include "cli/run/entry.h"

#include <algorithm>

namespace sonda::cli {

bool is_zero(const RecordView& value) {
  return std::ranges::all_of(value.bytes(), [](std::byte byte) { return byte == std::byte{}; });
}

bool is_zero(const Snapshot::Entry& entry) {
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
    if (!is_zero(entry.on_cpu(cpu))) return false;
  return true;
}

std::uint64_t count_of(const Snapshot::Entry& entry) {
  std::uint64_t total = 0;
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) total += entry.on_cpu(cpu).u64();
  return total;
}

}  // namespace sonda::cli
