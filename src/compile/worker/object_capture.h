// What stands between libbcc and LLVM: it lets variables be as the user declared them, and takes the object file, which
// libbcc keeps to itself and whose relocations it drops.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sonda {

/// What the variables of the probe are annotated with while Clang compiles it. Its optimizer would take variables apart
/// that nobody outside of the file sees, and make them smaller; of one with an annotation it knows not who sees it.
inline constexpr std::string_view variable_annotation = "sonda";

/// The last object file that libbcc had made in this process, whole; empty before the first. Borrowed until the next
/// compile.
std::span<const std::byte> captured_object();

}  // namespace sonda
