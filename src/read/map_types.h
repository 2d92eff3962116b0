// What the kinds of maps can do.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "sonda/image.h"

namespace sonda {

/// The kernel's name for it, e.g. "ringbuf"; its number if libbpf does not know it.
std::string map_type_name(std::uint32_t type);

/// The type's name, or what the map is to the user: "variables", "constants".
std::string kind_name(const MapSpec& spec);

/// Hashes, whose batches go bucket by bucket under the bucket's lock: what stays is met exactly once.
bool is_hash(std::uint32_t type);
/// Whether it refuses a new entry when it has as many as it may; one that forgets old ones does not.
bool can_be_full(std::uint32_t type);
/// Maps whose entries all exist always, under the keys 0 to max_entries - 1.
bool is_array(std::uint32_t type);
/// Maps whose keys are such numbers too, but whose entries may be empty: programs, inner maps.
bool is_slots(std::uint32_t type);
/// Whether an entry has a value for each possible CPU.
bool is_per_cpu(std::uint32_t type);
/// Whether it carries events: a ring or perf buffer.
bool is_buffer(const MapSpec& spec);
/// Whether there are entries that user space can walk over.
bool has_entries(std::uint32_t type);

/// Whether the kernel hands those entries out.
bool is_readable(const MapSpec& spec);
/// Whether its values belong to a socket, a file or a process, which a descriptor names as the key: they can be looked
/// up, and nobody can walk over them.
bool is_local_storage(std::uint32_t type);

/// Bytes from one CPU's value to the next, as the kernel hands them out; of other maps, of one value to the next.
std::size_t value_stride(const MapSpec& spec);
/// Values in one entry.
std::uint32_t value_count(const MapSpec& spec);

}  // namespace sonda
