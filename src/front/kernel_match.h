// Which functions of the kernel a probe's function may be meant for, by its name and what it takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel_prototypes.h"
#include "source/function_signature.h"

namespace sonda::front {

/// Words of a name: "vfs", "read".
std::vector<std::string_view> words_of(std::string_view name);
/// How many words the two names have in common.
std::size_t common_words(std::string_view a, std::string_view b);

/// The longest part of `name`, of whole words, that `is_known` accepts; empty if none.
std::string_view longest_part(std::string_view name, const auto& is_known) {
  std::string_view best;
  const auto begins = [&](std::size_t at) { return at == 0 || name[at - 1] == '_'; };
  const auto ends = [&](std::size_t at) { return at == name.size() || name[at] == '_'; };
  for (std::size_t from = 0; from < name.size(); ++from)
    for (auto to = name.size(); begins(from) && to > from + best.size(); --to)
      if (ends(to) && is_known(name.substr(from, to - from))) best = name.substr(from, to - from);
  return best;
}

/// Functions of the kernel that a function called `name` can be for, which takes `arguments` (those behind its
/// context): the one whose name is the longest part of its own; or, if there are several arguments, those that take
/// just these and share most words with `subject`, what its name speaks of; none if they are many.
std::vector<std::string> matching_kernel_functions(const KernelPrototypes& kernel, std::string_view name,
                                                   std::string_view subject, const std::vector<WrittenType>& arguments);

/// The system call that is called `name`, or whose name stands in it behind the word `sys`; empty if none.
std::string matching_system_call(const KernelPrototypes& kernel, std::string_view name);

}  // namespace sonda::front
