// A line of a file and a caret below it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sonda {

/// `line` (without its end), harmless to a terminal, and on a line of its own a caret below the byte `column` (from 1).
/// A long line is cut to the part around the caret.
std::string caret_excerpt(std::string_view line, std::size_t column);

/// `line` behind its number, as compilers show it, and below it, unless `column` (from 1) is 0 or less, a caret. Both
/// end with a newline. Not escaped: Error does that for its excerpts.
std::string numbered_excerpt(std::size_t number, std::string_view line, std::ptrdiff_t column);

}  // namespace sonda
