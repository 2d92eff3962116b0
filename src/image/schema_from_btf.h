// Schemas made from the types that the compiler describes as BTF.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "sonda/schema.h"

namespace sonda {

/// What the names of members begin with that stand for bytes between others; nobody is shown them.
inline constexpr std::string_view padding_prefix = "____sonda_padding_";

/// The layout of type `type_id`. Typedef names are kept, qualifiers are not. Pointers lead nowhere. What has no number
/// of its own (128-bit integers, long double) becomes Kind::bytes under its name.
/// A section of variables is a struct of them.
/// Throws Error(Stage::compile) for a type that has no bytes (void, a function, a struct that is only declared) or is
/// malformed; the schema is valid otherwise.
Schema schema_from_btf(const btf& types, std::uint32_t type_id);

/// The type that C spells `name`: "struct data_t", "union u", "enum color", "u32". Nothing if there is none.
std::optional<std::uint32_t> declared_type(const btf& types, std::string_view name);

}  // namespace sonda
