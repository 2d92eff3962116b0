// The form of the code that the kernel's JIT makes, as LLVM writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sonda::jit {

/// Whether this instruction puts the caller's frame pointer aside: a frame begins.
bool begins_frame(std::string_view text);

/// Whether it may be one of those that make the frame, before the code of the program's own first instruction.
/// `begun`: one that begins_frame() was before it.
bool may_make_frame(std::string_view text, bool begun);

/// Whether it loads the address of the stack that the kernel gives the program on each processor, apart from its own.
bool loads_private_stack(std::string_view text);

/// The number, if the instruction does no more than load one of 64 bits.
std::optional<std::uint64_t> loaded_number(std::string_view text);

}  // namespace sonda::jit
