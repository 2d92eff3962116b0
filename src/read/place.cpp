#include "read/place.h"

#include <fmt/format.h>

#include <algorithm>

#include "sonda/error.h"

namespace sonda {
namespace {

/// `count` (at most 64) bits from bit `offset` on, the way compilers for little-endian machines lay out bit fields:
/// they may start anywhere and cross bytes.
std::uint64_t load_bits(std::span<const std::byte> bytes, std::uint32_t offset, std::uint32_t count) {
  std::uint64_t result = 0;
  for (std::uint32_t got = 0; got < count;) {
    const std::uint32_t bit = offset + got, in_byte = bit % 8, take = std::min(8 - in_byte, count - got);
    const auto part = (std::to_integer<std::uint64_t>(bytes[bit / 8]) >> in_byte) & ((1U << take) - 1);
    result |= part << got;
    got += take;
  }
  return result;
}

std::uint64_t sign_extend(std::uint64_t value, std::uint32_t bits) {
  if (bits == 0 || bits >= 64) return value;
  const std::uint64_t sign = 1ULL << (bits - 1);
  return (value ^ sign) - sign;
}

[[noreturn]] void throw_beyond(const Type& outer, std::string_view inner) {
  throw Error(Stage::read, title(outer), fmt::format("its description is inconsistent: {} lies beyond its end", inner));
}

}  // namespace

const Type& ValuePlace::type() const {
  if (type_index >= schema->types.size())
    throw Error(Stage::read, "record", "its description is inconsistent: it names a type that is not there");
  return schema->types[type_index];
}

std::string title(const Type& type) { return type.name.empty() ? "record" : type.name; }

ValuePlace field_place(const ValuePlace& parent, const Field& field) {
  ValuePlace place{parent.bytes, parent.schema, field.type, 0, 0};
  if (field.bit_size != 0) {
    if (field.bit_size > 64 || std::uint64_t{field.bit_offset} + field.bit_size > parent.bytes.size() * 8)
      throw_beyond(parent.type(), field.name);
    place.bit_offset = field.bit_offset;
    place.bit_size = field.bit_size;
    return place;
  }
  const std::size_t offset = field.bit_offset / 8, size = place.type().size;
  if (offset > parent.bytes.size() || size > parent.bytes.size() - offset) throw_beyond(parent.type(), field.name);
  place.bytes = parent.bytes.subspan(offset, size);
  return place;
}

ValuePlace element_place(const ValuePlace& array, std::size_t index) {
  const Type& type = array.type();
  if (type.kind != Kind::array) throw Error(Stage::read, title(type), "is not an array");
  if (index >= type.count)
    throw Error(Stage::read, title(type), fmt::format("element {} is beyond the end ({} elements)", index, type.count));
  ValuePlace place{array.bytes, array.schema, type.element, 0, 0};
  const std::size_t size = place.type().size;
  if (size != 0 && index >= array.bytes.size() / size) throw_beyond(type, fmt::format("element {}", index));
  place.bytes = array.bytes.subspan(index * size, size);
  return place;
}

bool is_transparent(const Schema& schema, const Field& field) {
  if (!field.name.empty() || field.bit_size != 0 || field.type >= schema.types.size()) return false;
  const Kind kind = schema.types[field.type].kind;
  return kind == Kind::structure || kind == Kind::union_;
}

bool is_plain_integer(const Type& type) {
  return type.kind == Kind::unsigned_integer || type.kind == Kind::signed_integer;
}

bool is_text(const Schema& schema, const Type& type) {
  return type.kind == Kind::array && type.element < schema.types.size() &&
         schema.types[type.element].kind == Kind::character;
}

std::string load_text(const ValuePlace& place) {
  const auto end = std::find(place.bytes.begin(), place.bytes.end(), std::byte{0});
  std::string text;
  text.reserve(static_cast<std::size_t>(end - place.bytes.begin()));
  std::transform(place.bytes.begin(), end, std::back_inserter(text),
                 [](std::byte byte) { return static_cast<char>(byte); });
  return text;
}

std::optional<std::uint64_t> load_number(const ValuePlace& place) {
  const Type& type = place.type();
  if (!is_number(type.kind)) return std::nullopt;
  const std::size_t bits = place.bit_size != 0 ? place.bit_size : place.bytes.size() * 8;
  if (bits > 64) return std::nullopt;
  const auto count = static_cast<std::uint32_t>(bits);
  const auto raw = load_bits(place.bytes, place.bit_offset, count);
  return is_signed(type) || type.kind == Kind::character ? sign_extend(raw, count) : raw;
}

}  // namespace sonda
