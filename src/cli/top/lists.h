// What the lists of programs, maps and entries have in them, and all about one program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/top/entries.h"
#include "cli/top/list.h"
#include "cli/top/rates.h"
#include "cli/top/screen_text.h"

namespace sonda::top {

/// `active_only`: programs that did not run in the last interval are left out.
List program_list(const Comparison& comparison, bool active_only);
List map_list(const Comparison& comparison);
/// The first entries in the order of `column` (0 key, 1 value, 2 rate), at most `most`; `reversed`: the last ones.
List entry_list(const EntryTracker& tracker, std::size_t column, bool reversed, const std::string& filter,
                std::size_t most = 512);

struct DetailLine {
  Line line;
  std::optional<std::uint32_t> map;  ///< the map that this line is about
};

/// `pins`: the files that the program is pinned to.
std::vector<DetailLine> program_details(const Comparison& comparison, const ProgramState& program,
                                        const std::vector<std::string>& pins, const Surface& surface);

}  // namespace sonda::top
