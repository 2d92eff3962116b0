// Where in a probe file a function stands.
#pragma once

#include <optional>
#include <string_view>

namespace sonda {

/// Lines of a file, from 1, both included.
struct LineRange {
  int first = 0, last = 0;
};

/// The definition of function `name`, with the comments right above it; nothing if the text defines no such function.
std::optional<LineRange> find_function_text(std::string_view text, std::string_view name);

}  // namespace sonda
