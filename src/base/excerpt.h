// A line of a file and a caret below it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sonda {

/// `line` (without its end), harmless to a terminal, and on a line of its own a caret below the byte `column` (from 1).
/// A long line is cut to the part around the caret.
std::string caret_excerpt(std::string_view line, std::size_t column);

}  // namespace sonda
