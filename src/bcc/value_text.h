// Keys and values of tables as BCC writes and reads them: "{ 0x1 [ 0x2 0x3 ] "name" }".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/schema.h"

namespace sonda::bcc {

/// `value` has as many bytes as the schema. Integers, enumerators, addresses and bit fields are in hexadecimal, arrays
/// of single bytes are texts up to the first NUL, of a union the member is written that has most bytes.
std::string value_text(const Schema& schema, std::span<const std::byte> value);

/// The bytes that `text` stands for; integers may be decimal, octal (0...) or hexadecimal (0x...), and negative. Blanks
/// may stand anywhere between parts. Nothing if it is not of that shape. A text that is longer than its array is cut.
std::optional<std::vector<std::byte>> parse_value_text(const Schema& schema, std::string_view text);

}  // namespace sonda::bcc
