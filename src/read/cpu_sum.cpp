#include "read/cpu_sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>

#include "read/batch.h"
#include "read/place.h"

namespace sonda {
namespace {

// What no sum of 64-bit numbers leaves, however many CPUs there are. Pedantic only in name: g++ and Clang both have it.
__extension__ using Wide = __int128;

constexpr std::uint32_t long_size = sizeof(std::uint64_t);
constexpr std::uint32_t text_size = 41;  // a sign, 39 digits and the end

bool is_summable(const Schema& schema, std::uint32_t index) {
  if (schema.empty()) return false;
  const auto& type = schema.types.at(index);
  if (type.kind != Kind::structure) return is_plain_integer(type) && type.size <= long_size;
  return std::ranges::all_of(
      type.fields, [&](const Field& field) { return field.bit_size == 0 && is_summable(schema, field.type); });
}

/// The number in `bytes`, which are at most eight.
Wide widened(std::span<const std::byte> bytes, bool is_signed) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  if (!is_signed) return static_cast<Wide>(number);
  const auto unused = 8 * (long_size - static_cast<std::uint32_t>(bytes.size()));
  return static_cast<std::int64_t>(number << unused) >> unused;
}

bool is_long(Wide number, bool is_signed) {
  return is_signed ? number == static_cast<std::int64_t>(number)
                   : number == static_cast<Wide>(static_cast<std::uint64_t>(number));
}

constexpr std::string_view decimal = "decimal";

Type long_number(const Type& type) {
  return {.kind = type.kind, .name = is_signed(type) ? "s64" : "u64", .size = long_size};
}

Type decimal_text(std::uint32_t character) {
  return {
      .kind = Kind::array, .name = std::string(decimal), .size = text_size, .element = character, .count = text_size};
}

/// The type with other numbers, one behind the other.
void lay_out(Schema& schema, std::uint32_t index, const std::function<Type(const Type&)>& number) {
  auto& type = schema.types[index];
  if (type.kind != Kind::structure) {
    type = number(type);
    return;
  }
  type.size = 0;
  for (auto& field : type.fields) {
    lay_out(schema, field.type, number);
    field.bit_offset = type.size * 8;
    type.size += schema.types[field.type].size;
  }
}

}  // namespace

bool is_decimal(const Type& type) { return type.name == decimal; }

bool can_sum(const Schema& schema) { return is_summable(schema, 0); }

bool is_zero(const Snapshot::Entry& entry) {
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
    if (!is_all_zero(entry.on_cpu(cpu).bytes())) return false;
  return true;
}

std::uint64_t count_of(const Snapshot::Entry& entry) {
  std::uint64_t total = 0;
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) total += entry.on_cpu(cpu).u64();
  return total;
}

CpuSum::CpuSum(const Schema& schema) {
  widen(schema, 0, 0);
  wide_ = long_;
  lay_out(long_, 0, long_number);
  const auto character = static_cast<std::uint32_t>(wide_.types.size());
  lay_out(wide_, 0, [&](const Type&) { return decimal_text(character); });
  wide_.types.push_back({.kind = Kind::character, .name = "char", .size = 1});
}

/// Copies the type and its parts, each field with a type of its own, and notes its numbers; `from` is where it is in a
/// value. Gives its new index.
std::uint32_t CpuSum::widen(const Schema& schema, std::uint32_t type, std::uint32_t from) {
  const auto index = static_cast<std::uint32_t>(long_.types.size());
  auto made = schema.types.at(type);
  long_.types.emplace_back();
  if (made.kind != Kind::structure) numbers_.push_back({from, made.size, is_signed(made)});
  for (auto& field : made.fields) field.type = widen(schema, field.type, from + field.bit_offset / 8);
  long_.types[index] = std::move(made);
  return index;
}

RecordView CpuSum::of(const Snapshot::Entry& entry, std::vector<std::byte>& bytes) const {
  std::vector<Wide> sums;
  sums.reserve(numbers_.size());
  bool fit = true;
  for (const auto& number : numbers_) {
    Wide sum = 0;
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
      sum += widened(entry.on_cpu(cpu).bytes().subspan(number.from, number.size), number.is_signed);
    fit = fit && is_long(sum, number.is_signed);
    sums.push_back(sum);
  }
  const auto size = fit ? long_size : text_size;
  bytes.assign(sums.size() * size, std::byte{0});
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto text = fit ? std::string() : fmt::to_string(sums[i]);
    std::memcpy(bytes.data() + i * size, fit ? static_cast<const void*>(&sums[i]) : text.data(),
                fit ? size : text.size());  // little-endian
  }
  return {bytes, fit ? long_ : wide_};
}

}  // namespace sonda
