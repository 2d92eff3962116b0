// Where a binary itself calls a function that a shared library defines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "elf/reader.h"

namespace sonda {

/// The places in `file` that its calls of the imported function `name` go through: the stubs of its procedure linkage
/// table, each of which jumps to the address that the loader has put into a slot. As virtual addresses, sorted. Empty
/// if it imports no such function, calls it in another way (built with -fno-plt), has stubs of a form that is not known
/// here, or improbably many. Throws Error(Stage::attach) if the file is damaged.
std::vector<std::uint64_t> import_stubs(const ElfReader& file, std::string_view name);

/// The slot that a stub which begins with the bytes `code`, at virtual address `address`, jumps through. Nothing if
/// they are not a stub.
std::optional<std::uint64_t> slot_of_stub(std::span<const unsigned char> code, std::uint64_t address) noexcept;

}  // namespace sonda
