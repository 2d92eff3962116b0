// One number, or what an `@show` prints in place of one, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/schema.h"
#include "typed/parse_value.h"

namespace sonda {

/// What a whole number of `bits` (up to 64) can be.
struct NumberRange {
  std::uint32_t bits = 64;
  bool is_signed = false;
  /// "a whole number from 0 to 255".
  std::string text() const;
};

/// `word` as such a number, two's complement. With a prefix (0x, 0o, 0b) every pattern of the bits is allowed. Nothing
/// if it is none, or a digit 0 stands before others, which other languages take for octal.
std::optional<std::uint64_t> parse_number(std::string_view word, const NumberRange& range);

/// An integer of more than 8 bytes, little-endian: 0x..., or a decimal number of at most 64 bits.
std::optional<std::vector<std::byte>> parse_wide_number(std::string_view word, std::size_t size);

/// Pairs of hexadecimal digits, exactly `size` of them.
std::optional<std::vector<std::byte>> parse_hex_bytes(std::string_view digits, std::size_t size);

/// What show(as, ...) prints of a field of `type`, as the field's bytes. Moves `cursor` behind it. Throws as
/// parse_value() does, of the field `name`.
std::vector<std::byte> parse_shown(Show as, TextCursor& cursor, const Type& type, const std::string& name,
                                   ShowResources* resources);

}  // namespace sonda
