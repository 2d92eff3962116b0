// Which functions the kernel has by its own list, which every user may read.
#pragma once

#include <string>
#include <string_view>

namespace sonda::bcc {

/// Whether `symbols`, as /proc/kallsyms has it, lists a function of that name.
bool lists_function(std::string_view symbols, std::string_view name);

/// Whether the running kernel has the function; true if it has no list.
bool kernel_has_function(std::string_view name);

}  // namespace sonda::bcc
