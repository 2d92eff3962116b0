// Lines of /proc/kallsyms.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sonda {

/// "ffffffff81000080 T entry_SYSCALL_64", of a module with "\t[nf_tables]" behind it. The texts are borrowed.
struct KallsymsLine {
  std::uint64_t address = 0;      ///< 0 where the kernel hides it
  char type = 0;                  ///< as nm(1) has it
  std::string_view name, module;  ///< `module` is empty for the kernel's own
};

/// Nothing if it is no such line.
std::optional<KallsymsLine> parse_kallsyms_line(std::string_view text);

}  // namespace sonda
