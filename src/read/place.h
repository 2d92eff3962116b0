// A value's place in its bytes, and small facts about types: what RecordView and the decoder share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sonda/record.h"
#include "sonda/schema.h"

namespace sonda {

/// The type's name for a message; an anonymous one has none of its own.
std::string title(const Type& type);

/// Whether `field` is an anonymous struct or union, whose fields belong to the struct around it.
bool is_transparent(const Schema& schema, const Field& field);

/// Whether values of `type` are plain numbers: not an enumeration, a pointer, a floating one.
bool is_plain_integer(const Type& type);

/// Whether `type` is an array of char.
bool is_text(const Schema& schema, const Type& type);

/// Bytes of one value and its type in `schema`. Of a bit field the bytes are those of the struct around it.
struct ValuePlace {
  std::span<const std::byte> bytes;
  const Schema* schema = nullptr;
  std::uint32_t type_index = 0;
  std::uint32_t bit_offset = 0, bit_size = 0;  // of a bit field; bit_size 0: not one

  /// Throws Error(Stage::read) if the index is none of the schema's.
  const Type& type() const;
};

/// Where `field` of the struct or union at `parent` lies. Throws Error(Stage::read) if it reaches beyond its parent.
ValuePlace field_place(const ValuePlace& parent, const Field& field);
/// Where an array's element lies. Throws Error(Stage::read) beyond the end.
ValuePlace element_place(const ValuePlace& array, std::size_t index);

/// `count` (at most 64) bits from bit `offset` on, the way compilers for little-endian machines lay out bit fields:
/// they may start anywhere and cross bytes.
std::uint64_t load_bits(std::span<const std::byte> bytes, std::uint32_t offset, std::uint32_t count);
/// The number in the lower `bits` of `value`.
std::uint64_t sign_extend(std::uint64_t value, std::uint32_t bits);

/// The bytes as they are, to be compared and hashed.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Two digits for each byte.
std::string to_hex(std::span<const std::byte> bytes);

/// The characters of an array of char up to the first NUL.
std::string load_text(const ValuePlace& place);

/// The integer, enumeration, boolean, pointer or character at `place`, sign-extended if its type is signed; nothing for
/// any other kind and for integers beyond 64 bits.
std::optional<std::uint64_t> load_number(const ValuePlace& place);

/// All of what is at `place`. Throws Error(Stage::read) for a description that contradicts itself.
Value decode(const ValuePlace& place);

}  // namespace sonda
