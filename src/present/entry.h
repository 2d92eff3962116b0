// Entries of a map, whatever number of CPUs they have values for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sonda/table.h"

namespace sonda::present {

/// Whether all bytes of the value, on every CPU, are zero.
bool is_zero(const Snapshot& snapshot, std::size_t index);
bool is_zero(const Snapshot::Entry& entry);
bool is_zero(const RecordView& value);

/// The value as a number, all CPUs added. Throws Error(Stage::read) if it is none.
std::uint64_t count_of(const Snapshot::Entry& entry);

}  // namespace sonda::present
