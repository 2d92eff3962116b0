#include "read/alike_keys.h"

#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "read/place.h"

namespace sonda {
namespace {

class Told {
 public:
  /// Writes into `told`, which is borrowed.
  Told(std::span<const std::byte> record, const Schema& schema, std::string& told)
      : record_(record), schema_(schema), told_(told) {
    told.assign(record.size(), '\0');
  }

  void add(std::uint32_t index, std::size_t at) {
    const auto& type = schema_.types.at(index);
    if (type.kind == Kind::structure) {
      for (const auto& field : type.fields) add(field, at);
    } else if (is_text(schema_, type)) {
      for (auto i = at; i < at + type.size && record_[i] != std::byte{0}; ++i) add_bits(i, all_bits);
    } else if (type.kind == Kind::array) {
      const auto stride = schema_.types.at(type.element).size;
      for (std::uint32_t i = 0; i < type.count; ++i) add(type.element, at + std::size_t{i} * stride);
    } else {
      for (auto i = at; i < at + type.size; ++i) add_bits(i, all_bits);
    }
  }

 private:
  static constexpr unsigned all_bits = 0xff;

  void add(const Field& field, std::size_t at) {
    if (field.bit_size == 0) return add(field.type, at + field.bit_offset / 8);
    for (auto bit = field.bit_offset; bit < field.bit_offset + field.bit_size; ++bit)
      add_bits(at + bit / 8, 1U << bit % 8);
  }

  void add_bits(std::size_t at, unsigned bits) {
    const auto told = static_cast<unsigned char>(told_[at]) | (static_cast<unsigned>(record_[at]) & bits);
    told_[at] = static_cast<char>(told);
  }

  std::span<const std::byte> record_;
  const Schema& schema_;
  std::string& told_;
};

/// Numbers and the like are shown whole.
bool has_hidden_bytes(const Schema& schema) {
  return !schema.empty() && (schema.types.front().kind == Kind::structure || schema.types.front().kind == Kind::array);
}

}  // namespace

std::string told_bytes(std::span<const std::byte> record, const Schema& schema) {
  std::string told;
  Told(record, schema, told).add(0, 0);
  return told;
}

std::size_t count_alike_keys(const Snapshot& snapshot, const Schema& schema) {
  if (!has_hidden_bytes(schema)) return 0;
  // The kernel tells keys apart by all of their bytes: they are all different where nothing is hidden.
  std::string told;
  const auto hides = [&](std::size_t i) {
    const auto key = snapshot.key_bytes(i);
    Told(key, schema, told).add(0, 0);
    return std::memcmp(told.data(), key.data(), key.size()) != 0;
  };
  std::size_t first = 0;
  while (first < snapshot.size() && !hides(first)) ++first;
  if (first == snapshot.size()) return 0;
  std::unordered_set<std::string> all;
  for (std::size_t i = 0; i < snapshot.size(); ++i) all.insert(told_bytes(snapshot.key_bytes(i), schema));
  return snapshot.size() - all.size();
}

}  // namespace sonda
