// Whether a schema can be relied on.
#pragma once

#include <optional>
#include <string>

#include "sonda/schema.h"

namespace sonda {

/// Types nested by value deeper than this are refused.
inline constexpr std::size_t deepest_type = 64;
/// No type is larger; bit offsets inside it fit 32 bits.
inline constexpr std::uint32_t largest_type = 1U << 28;
/// No type decodes to more values; a text counts as one.
inline constexpr std::uint64_t most_values = 1U << 24;

/// What is inconsistent in the schema, as one clause; nothing if all is well.
std::optional<std::string> schema_fault(const Schema& schema);

}  // namespace sonda
