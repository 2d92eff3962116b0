// How the bytes of a key, a value or an event are laid out, as a value that travels with the image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

enum class Kind : std::uint8_t {
  unsigned_integer,
  signed_integer,
  boolean,
  floating,
  character,  ///< one `char`; an array of these is text
  pointer,
  enumeration,
  structure,
  union_,
  array,
  bytes  ///< opaque: a type that the description does not cover
};

/// Whether its values are numbers; enumerators and addresses are.
bool is_number(Kind kind) noexcept;

struct Field {
  std::string name;              ///< empty for an anonymous struct or union
  std::uint32_t type = 0;        ///< index into Schema::types
  std::uint32_t bit_offset = 0;  ///< from the start of the enclosing struct
  std::uint32_t bit_size = 0;    ///< 0 unless it is a bit field
  bool operator==(const Field&) const = default;
};

struct Enumerator {
  std::string name;
  std::int64_t value = 0;
  bool operator==(const Enumerator&) const = default;
};

struct Type {
  Kind kind = Kind::bytes;
  std::string name;                ///< as C spells it: "u32", "struct key_t", "enum color"
  std::uint32_t size = 0;          ///< bytes
  std::uint32_t element = 0;       ///< array: index of the element's type
  std::uint32_t count = 0;         ///< array: number of elements
  std::vector<Field> fields;       ///< structure, union_
  std::vector<Enumerator> values;  ///< enumeration
  bool is_signed = false;          ///< enumeration: whether its values are
  bool operator==(const Type&) const = default;
};

/// Whether its values are integers or enumerators that may be negative. A `char` counts as none of them.
bool is_signed(const Type& type) noexcept;

/// A type and all the types that it is made of. types[0] is the type itself; an empty list means "no bytes at all".
struct Schema {
  std::vector<Type> types;

  bool empty() const noexcept { return types.empty(); }
  /// Bytes of one value; 0 if empty.
  std::uint32_t size() const noexcept { return types.empty() ? 0 : types.front().size; }
  bool operator==(const Schema&) const = default;
};

/// An integer type of `size` bytes, for maps whose source gives no type.
Schema plain_integer(std::uint32_t size, std::string name = {});
/// Opaque bytes.
Schema plain_bytes(std::uint32_t size);

/// The schema of one of its types: with that type in front.
Schema part_of(const Schema& schema, std::uint32_t type);

/// The schema as a C declaration would say it, for messages: "struct key_t { u32 pid; char comm[16]; }".
std::string describe(const Schema& schema);

/// Throws Error(Stage::cache) unless every index and size in it is consistent, so that decoding needs no checks.
void validate(const Schema& schema);

}  // namespace sonda
