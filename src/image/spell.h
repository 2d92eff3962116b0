// Types as C spells them, for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sonda/schema.h"

namespace sonda {

/// The type alone: "u32", "struct key_t", "char[16]", "struct" for one without a name. The schema must be valid.
std::string spell(const Schema& schema, std::uint32_t type);
/// The type with what it declares: "char comm[16]", "struct { u32 a; } inner".
std::string spell(const Schema& schema, std::uint32_t type, std::string_view declared);

}  // namespace sonda
