// The functions of the running kernel that a pattern of names means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "sonda/error.h"

namespace sonda {

struct KernelFunction {
  std::string_view name;      ///< borrowed
  std::uint64_t address = 0;  ///< 0 where the kernel hides it
};

/// Each function in the text of /proc/kallsyms.
std::vector<KernelFunction> functions_in(std::string_view kallsyms);

/// The names of all functions of the kernel and its modules, as /proc/kallsyms has them.
std::vector<std::string> kernel_functions();

/// What a pattern matched.
struct MatchedFunctions {
  std::vector<std::string> names;  ///< each once, sorted: those that can be probed by name, as far as the kernel says
  std::size_t skipped = 0;  ///< others: several of one name, parts that the compiler split off, not open to tracing
};

/// `pattern` as of fnmatch(3). One for system calls means those of the running kernel, whatever kernel's names it has.
MatchedFunctions match_kernel_functions(const std::string& pattern);

/// The names of all functions that a tracer can be at, by all of their names; those that several functions have are
/// among them.
std::unordered_set<std::string> traceable_kernel_functions();

/// The error for a kernel without kprobes: Exit::cannot_run.
Error no_kprobes(std::string subject);

}  // namespace sonda
