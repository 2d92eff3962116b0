// Which line of the user's file a line of the compiler's rewritten text came from.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sonda {

/// BCC rewrites a probe before it compiles it: it puts lines before functions and after their opening braces, and
/// changes lines that use maps. For each line of `rewritten` (index 0 is line 1) gives the line of `original` that it
/// came from, counted from 1: lines that are the same in both are anchors, those between them are matched from the end.
std::vector<std::uint32_t> map_lines(std::string_view original, std::string_view rewritten);

}  // namespace sonda
