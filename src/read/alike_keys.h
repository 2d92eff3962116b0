// Keys that a reader cannot tell from each other, and the kernel can.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "sonda/schema.h"
#include "sonda/table.h"

namespace sonda {

/// The record with zero for each byte (and bit) that no field holds: padding between the fields, and what stands behind
/// the end of a text.
std::string told_bytes(std::span<const std::byte> record, const Schema& schema);

/// How many entries have the key of another one but for such bytes. A program that does not clear its key leaves there
/// whatever was on its stack. `schema` is that of the key.
std::size_t count_alike_keys(const Snapshot& snapshot, const Schema& schema);

}  // namespace sonda
