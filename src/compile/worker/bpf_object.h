// The object file that the compiler made of a probe, taken apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

struct ObjectRelocation {
  std::uint64_t offset = 0;  ///< in the section, bytes
  std::uint32_t type = 0;    ///< R_BPF_* of LLVM's BPFRelocs
  std::uint32_t symbol = 0;  ///< index into BpfObject::symbols
};

struct ObjectSection {
  std::string name;
  bool is_code = false, is_allocated = false;
  std::uint64_t size = 0;
  std::span<const std::byte> bytes;  ///< none where all of it is zero, as in .bss
  std::vector<ObjectRelocation> relocations;
};

struct ObjectSymbol {
  std::string name;           ///< of a section: the section's
  std::uint32_t section = 0;  ///< index into BpfObject::sections; 0 if it is not defined here
  std::uint64_t value = 0, size = 0;
  bool is_function = false, is_object = false;
};

/// Borrows the bytes it was read from.
struct BpfObject {
  std::vector<ObjectSection> sections;
  std::vector<ObjectSymbol> symbols;

  /// The first section of that name; null if there is none.
  const ObjectSection* section(std::string_view name) const;
  /// Its bytes; none if there is no such section.
  std::span<const std::byte> bytes_of(std::string_view section) const;
  /// The function that begins at that byte of a section; null if none does.
  const ObjectSymbol* function_at(std::uint32_t section, std::uint64_t offset) const;
};

/// Throws Error(Stage::compile) if `bytes` are no ELF file.
BpfObject read_object(std::span<const std::byte> bytes);

}  // namespace sonda
