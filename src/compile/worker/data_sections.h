// The probe's variables, constants and texts: sections of the object file, as maps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compile/worker/bpf_object.h"
#include "compile/worker/user_btf.h"
#include "sonda/image.h"

namespace sonda {

/// Whether a section holds what programs read and write by its address.
bool is_data(const ObjectSection& section);

/// The section as a map of one value, whose schema has a field for each variable; what has no name has none. Adds a
/// description to `types`.
MapSpec data_map(const BpfObject& object, std::uint32_t section, UserBtf& types);

/// What of a section holds addresses of other things, around that byte: its name, the section's where it has none;
/// nothing if it holds none.
std::optional<std::string> address_table_at(const BpfObject& object, std::uint32_t section, std::uint64_t offset);

}  // namespace sonda
