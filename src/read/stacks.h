// Stacks that a program collected in a BPF_MAP_TYPE_STACK_TRACE map.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sonda/map.h"
#include "sonda/record.h"

namespace sonda {

struct StackFrame {
  std::uint64_t address = 0;  ///< of the kernel or the process; with a build id: the offset in that file
  bool kernel = false;
  std::string build_id;  ///< hexadecimal; only in maps with BPF_F_STACK_BUILD_ID
  bool operator==(const StackFrame&) const = default;
};

struct Stack {
  std::vector<StackFrame> frames;  ///< innermost first
  std::string missing;             ///< why there are none, as a short clause; empty if there are
};

/// Whether an address is in the kernel's half.
bool is_kernel_address(std::uint64_t address) noexcept;

/// The stack id in a field of integers. Ids are ints, also where a probe keeps them in something else: -14 may have
/// become 4294967282.
std::int64_t stack_id(const RecordView& field);

/// What a negative stack id means: bpf_get_stackid() returns an errno.
std::string stack_error(std::int64_t id);

/// Throws Error(Stage::read) unless `map` is a map of stack traces.
void require_stack_map(const Map& map);

/// The stack that bpf_get_stackid() called `id`. Negative ids, and ones that are not in the map, are `missing`. `map`
/// must be a map of stack traces. Throws Error(Stage::read) if the kernel refuses to read it.
Stack read_stack(const Map& map, std::int64_t id);

}  // namespace sonda
