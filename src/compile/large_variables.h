// How much stack the variables of a function take, by its text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sonda {

struct LargeVariable {
  std::string type, name;
  std::string elements;   ///< of an array, as it says it: "64", "COUNT"
  std::size_t bytes = 0;  ///< about: padding is left out
  int line = 0;
};

/// The largest local variable in the lines from `first` to `last` of `source`; nothing if none is of a size that can be
/// told.
std::optional<LargeVariable> largest_variable(std::string_view source, int first, int last);

/// How it is had in a per-CPU array instead; with names that `source` does not use.
std::string way_out(const LargeVariable& variable, std::string_view source);

}  // namespace sonda
