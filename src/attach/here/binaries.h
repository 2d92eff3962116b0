// What there is to attach to in a program or library.
#pragma once

#include <string>
#include <vector>

#include "attach/here/prototype.h"
#include "elf/symbols.h"

namespace sonda {

/// The functions that a uprobe can be at by name, each name once, sorted. Left out are functions that are chosen when a
/// program starts (GNU_IFUNC), parts that a compiler split off, and names that several functions have.
std::vector<std::string> probed_functions(const ElfFile& file);

/// "f.cold" and the like: no function, but what a compiler moved out of one. Nobody calls it.
bool is_part_of_user_function(std::string_view name);

/// A USDT probe: all places of one name.
struct Mark {
  std::string provider, name;
  Prototype arguments;  ///< those of its first place: sizes and signs are all that the notes tell
};

/// Each once, sorted. Throws Error(Stage::attach) if the notes are damaged.
std::vector<Mark> marks_in(const ElfFile& file);

/// The programs and libraries, by their paths, that the process has mapped as code; each once, in the order of their
/// addresses. Throws Error(Stage::attach) with `subject` if there is no such process, or it may not be looked at.
std::vector<std::string> binaries_of_process(int pid, const std::string& subject);

}  // namespace sonda
