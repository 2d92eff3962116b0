// A value's place in its bytes: what RecordView and the decoder share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "read/types.h"
#include "sonda/record.h"
#include "sonda/schema.h"

namespace sonda {

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

/// The characters of an array of char up to the first NUL.
std::string load_text(const ValuePlace& place);

/// The integer, enumeration, boolean, pointer or character at `place`, sign-extended if its type is signed; nothing for
/// any other kind and for integers beyond 64 bits.
std::optional<std::uint64_t> load_number(const ValuePlace& place);

/// All of what is at `place`. Throws Error(Stage::read) for a description that contradicts itself.
Value decode(const ValuePlace& place);

}  // namespace sonda
