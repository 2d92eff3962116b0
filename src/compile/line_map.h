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

/// A place in a text: line and byte in it, both from 1; 0 where that is not known.
struct TextPlace {
  std::uint32_t line = 0, column = 0;
  bool operator==(const TextPlace&) const = default;
};

/// Where the word at a place of `rewritten` stands in `original`; for one that BCC wrote, where the words begin that it
/// replaced. Never a place behind the end of a line.
TextPlace original_place(std::string_view original, std::string_view rewritten, TextPlace place);

}  // namespace sonda
