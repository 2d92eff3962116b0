#include "present/entry.h"

#include <cstring>
#include <span>

namespace sonda::present {

namespace {

/// The first is zero, and each is like the one before it.
bool all_zero(std::span<const std::byte> bytes) {
  return bytes.empty() ||
         (bytes[0] == std::byte{} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

bool is_zero(const RecordView& value) { return all_zero(value.bytes()); }

bool is_zero(const Snapshot& snapshot, std::size_t index) {
  for (std::uint32_t cpu = 0; cpu < snapshot.cpus(); ++cpu)
    if (!all_zero(snapshot.value_bytes(index, cpu))) return false;
  return true;
}

bool is_zero(const Snapshot::Entry& entry) { return is_zero(*entry.owner, entry.index); }

std::uint64_t count_of(const Snapshot::Entry& entry) {
  std::uint64_t total = 0;
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) total += entry.on_cpu(cpu).u64();
  return total;
}

}  // namespace sonda::present
