// What was read of a map, and what can be made of it without reading again.
#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include <unordered_map>

#include "read/place.h"
#include "sonda/error.h"
#include "sonda/table.h"

namespace sonda {
namespace {

struct Number {
  std::uint32_t from, size;  ///< bytes of a value
  bool is_signed;
};

void find_numbers(std::vector<Number>& numbers, const Schema& schema, std::uint32_t index, std::uint32_t from,
                  const std::function<bool(std::string_view)>& is_count) {
  const auto always = [](std::string_view) { return true; };
  const auto& type = schema.types.at(index);
  if (type.kind == Kind::structure) {
    for (const auto& field : type.fields)
      if (field.bit_size == 0 && is_count(field.name))
        find_numbers(numbers, schema, field.type, from + field.bit_offset / 8, always);
  } else if (type.kind == Kind::array) {
    for (std::uint32_t i = 0; i < type.count; ++i)
      find_numbers(numbers, schema, type.element, from + i * schema.types.at(type.element).size, always);
  } else if (is_plain_integer(type) && type.size <= sizeof(std::uint64_t)) {
    numbers.push_back({from, type.size, is_signed(type)});
  }
}

/// What `now` has more than `before`, of a few bytes in place.
void subtract_at(std::byte* now, const std::byte* before, const Number& number) {
  std::uint64_t larger = 0, smaller = 0;  // little-endian
  std::memcpy(&larger, now + number.from, number.size);
  std::memcpy(&smaller, before + number.from, number.size);
  if (!number.is_signed && larger < smaller) return;
  larger -= smaller;
  std::memcpy(now + number.from, &larger, number.size);
}

}  // namespace

Snapshot::Entry Snapshot::operator[](std::size_t index) const {
  return {{key_bytes(index), spec_->key}, {value_bytes(index), spec_->value}, cpus_, this, index};
}

RecordView Snapshot::Entry::on_cpu(std::uint32_t cpu) const {
  return {owner->value_bytes(index, cpu), owner->spec_->value};
}

std::span<const std::byte> Snapshot::key_bytes(std::size_t index) const {
  if (index >= count_)
    throw Error(Stage::read, spec_ ? spec_->name : "snapshot",
                fmt::format("has {} entries, no entry {}", count_, index));
  return std::span(keys_).subspan(index * spec_->key_size, spec_->key_size);
}

std::span<const std::byte> Snapshot::value_bytes(std::size_t index, std::uint32_t cpu) const {
  if (index >= count_)
    throw Error(Stage::read, spec_ ? spec_->name : "snapshot",
                fmt::format("has {} entries, no entry {}", count_, index));
  if (cpu >= cpus_) throw Error(Stage::read, spec_->name, fmt::format("has values of {} CPUs, none of {}", cpus_, cpu));
  return std::span(values_).subspan((index * cpus_ + cpu) * value_stride_, spec_->value_size);
}

void Snapshot::keep(const std::function<bool(const Entry&)>& wanted) {
  std::size_t kept = 0;
  const std::size_t key_size = spec_->key_size, value_size = std::size_t{value_stride_} * cpus_;
  for (std::size_t i = 0; i < count_; ++i) {
    if (!wanted((*this)[i])) continue;
    // Where nothing was left out yet, both are the same place.
    std::memmove(keys_.data() + kept * key_size, keys_.data() + i * key_size, key_size);
    std::memmove(values_.data() + kept * value_size, values_.data() + i * value_size, value_size);
    ++kept;
  }
  count_ = kept;
  keys_.resize(kept * key_size);
  values_.resize(kept * value_size);
}

void Snapshot::subtract(const Snapshot& before, const std::function<bool(std::string_view field)>& is_count) {
  const std::size_t key_size = spec_->key_size, value_size = std::size_t{value_stride_} * cpus_;
  if (spec_->value.empty() || before.keys_.size() != before.count_ * key_size ||
      before.values_.size() != before.count_ * value_size)
    return;
  std::vector<Number> numbers;
  if (spec_->value.types.front().kind == Kind::structure || is_count(""))
    find_numbers(numbers, spec_->value, 0, 0, is_count);
  const auto key_of = [&](const Snapshot& snapshot, std::size_t index) {
    return as_text(std::span(snapshot.keys_).subspan(index * key_size, key_size));
  };
  std::unordered_map<std::string_view, const std::byte*> known;
  known.reserve(before.count_);
  for (std::size_t i = 0; i < before.count_; ++i)
    known.emplace(key_of(before, i), before.values_.data() + i * value_size);
  keep([&](const Entry& entry) {
    const auto found = known.find(key_of(*this, entry.index));
    if (found == known.end()) return true;
    auto* now = values_.data() + entry.index * value_size;
    if (std::memcmp(now, found->second, value_size) == 0) return false;
    for (std::size_t at = 0; at < value_size; at += value_stride_)
      for (const auto& number : numbers) subtract_at(now + at, found->second + at, number);
    return true;
  });
}

}  // namespace sonda
