#include "read/cpu_sum.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "read/types.h"

namespace sonda {
namespace {

bool is_summable(const Schema& schema, std::uint32_t index) {
  if (schema.empty()) return false;
  const auto& type = schema.types.at(index);
  if (type.kind != Kind::structure) return is_plain_integer(type);
  return std::ranges::all_of(
      type.fields, [&](const Field& field) { return field.bit_size == 0 && is_summable(schema, field.type); });
}

template <class Number>
void add_number(std::span<std::byte> total, std::span<const std::byte> more) {
  const auto sum = static_cast<Number>(from_bytes<Number>(total) + from_bytes<Number>(more));
  std::ranges::copy(object_bytes(sum), total.begin());
}

/// Adds each number of `more` to that of `total`.
void add(std::span<std::byte> total, std::span<const std::byte> more, const Schema& schema, std::uint32_t index = 0) {
  const auto& type = schema.types.at(index);
  for (const auto& field : type.fields)
    add(total.subspan(field.bit_offset / 8), more.subspan(field.bit_offset / 8), schema, field.type);
  if (!is_plain_integer(type)) return;
  if (type.size == 8) return add_number<std::uint64_t>(total, more);
  if (type.size == 4) return add_number<std::uint32_t>(total, more);
  if (type.size == 2) return add_number<std::uint16_t>(total, more);
  if (type.size == 1) add_number<std::uint8_t>(total, more);
}

}  // namespace

bool can_sum(const Schema& schema) { return is_summable(schema, 0); }

std::vector<std::byte> sum_of_cpus(const Snapshot::Entry& entry, const Schema& schema) {
  const auto first = entry.on_cpu(0).bytes();
  std::vector<std::byte> bytes(first.begin(), first.end());
  for (std::uint32_t cpu = 1; cpu < entry.cpus; ++cpu) add(bytes, entry.on_cpu(cpu).bytes(), schema);
  return bytes;
}

}  // namespace sonda
