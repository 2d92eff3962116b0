// The places that a binary marks with sys/sdt.h, out of its notes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "elf/symbols.h"

namespace sonda {

/// One place: several of one name are one probe, where a compiler copied the code or the source has it twice.
struct UsdtNote {
  std::string provider, name;
  std::string arguments;        ///< as the assembler wrote them: "-4@%edi 8@-16(%rbp) 4@$7"
  std::uint64_t address = 0;    ///< virtual, as the symbol table has it
  std::uint64_t semaphore = 0;  ///< of the counter of those who listen; 0: there is none
  bool operator==(const UsdtNote&) const = default;
};

/// The content of one note: three addresses and three texts. `base` is where the section .stapsdt.base is now, 0 if it
/// is not there. Nothing if the note is damaged.
std::optional<UsdtNote> parse_usdt_note(std::span<const char> note, std::uint64_t base);

/// All of them, in the file's order. None if there are none. Throws Error(Stage::attach) if the notes are damaged.
std::vector<UsdtNote> usdt_notes(const ElfFile& file);

}  // namespace sonda
