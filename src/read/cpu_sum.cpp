#include "read/cpu_sum.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "read/types.h"

namespace sonda {
namespace {

constexpr std::uint32_t sum_size = sizeof(std::uint64_t);

bool is_summable(const Schema& schema, std::uint32_t index) {
  if (schema.empty()) return false;
  const auto& type = schema.types.at(index);
  if (type.kind != Kind::structure) return is_plain_integer(type) && type.size <= sum_size;
  return std::ranges::all_of(
      type.fields, [&](const Field& field) { return field.bit_size == 0 && is_summable(schema, field.type); });
}

/// The number in the first bytes of `bytes`, as many as there are, in 64 bits.
std::uint64_t widened(std::span<const std::byte> bytes, bool is_signed) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  const auto unused = 8 * (sum_size - static_cast<std::uint32_t>(bytes.size()));
  return is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(number << unused) >> unused) : number;
}

}  // namespace

bool can_sum(const Schema& schema) { return is_summable(schema, 0); }

CpuSum::CpuSum(const Schema& schema) { widen(schema, 0, 0, 0); }

/// Adds the type and its parts to the wide schema; `from` and `to` are where it is in a value and in a sum. Gives its
/// index there.
std::uint32_t CpuSum::widen(const Schema& schema, std::uint32_t type, std::uint32_t from, std::uint32_t to) {
  const auto index = static_cast<std::uint32_t>(wide_.types.size());
  auto made = schema.types.at(type);
  wide_.types.emplace_back();
  if (made.kind != Kind::structure) {
    numbers_.push_back({from, made.size, to, is_signed(made)});
    made.name = is_signed(made) ? "s64" : "u64";
    made.size = sum_size;
  } else {
    made.size = 0;
    for (auto& field : made.fields) {
      const auto at = made.size;
      field.type = widen(schema, field.type, from + field.bit_offset / 8, to + at);
      field.bit_offset = at * 8;
      made.size += wide_.types[field.type].size;
    }
  }
  wide_.types[index] = std::move(made);
  return index;
}

std::vector<std::byte> CpuSum::of(const Snapshot::Entry& entry) const {
  std::vector<std::byte> sum(wide_.size());
  for (const auto& number : numbers_) {
    std::uint64_t total = 0;
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
      total += widened(entry.on_cpu(cpu).bytes().subspan(number.from, number.size), number.is_signed);
    std::memcpy(sum.data() + number.to, &total, sizeof total);
  }
  return sum;
}

}  // namespace sonda
