// Which bytes of a binary a uprobe's place stands for: one function, or all that a pattern matches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "elf/symbols.h"
#include "sonda/attach_point.h"

namespace sonda {

struct UprobePlace {
  std::string function;      ///< as in the symbol table; empty for an address
  std::uint64_t offset = 0;  ///< in the file
};

/// The places of `point` in `file`, by address; at least one, and one only unless its symbol is a pattern. A name is
/// looked up as the symbol table has it, then as C++ source has it: "ns::f(int)", or "ns::f" if there is one such
/// function. A pattern is matched against both; IFUNCs and the parts that compilers split off functions are left out.
/// Libraries of the binary are looked for below `root`. Throws Error(Stage::attach) that says what is wrong.
std::vector<UprobePlace> find_places(const ElfFile& file, const Uprobe& point, const std::filesystem::path& root = "/");

}  // namespace sonda
