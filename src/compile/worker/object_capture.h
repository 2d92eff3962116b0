// The object file that LLVM makes of a probe. libbcc keeps it to itself, and drops its relocations.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sonda {

/// The last object file that libbcc had made in this process, whole; empty before the first. Borrowed until the next
/// compile.
std::span<const std::byte> captured_object();

}  // namespace sonda
