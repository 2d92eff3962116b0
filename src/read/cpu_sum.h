// Values of several CPUs as one.
#pragma once

#include <cstddef>
#include <vector>

#include "sonda/schema.h"
#include "sonda/table.h"

namespace sonda {

/// Whether values of several CPUs can be added: numbers, and structs of nothing else.
bool can_sum(const Schema& schema);

/// The bytes of the values of all CPUs, added. `schema` is that of the value, for which can_sum() holds.
std::vector<std::byte> sum_of_cpus(const Snapshot::Entry& entry, const Schema& schema);

}  // namespace sonda
