// What the lists of programs, maps and entries have in them.
#pragma once

#include <string>

#include "cli/top/entries.h"
#include "cli/top/list.h"
#include "cli/top/rates.h"

namespace sonda::top {

/// Column headers that keys and options refer to.
inline constexpr std::string_view cpu_header = "CPU%", runs_header = "RUNS/S", cost_header = "NS/RUN",
                                  name_header = "NAME", id_header = "ID", owner_header = "OWNER", memory_header = "MEM",
                                  full_header = "FULL%", rate_header = "PER SEC", value_header = "VALUE",
                                  key_header = "KEY", type_header = "TYPE";

/// `active_only`: programs that did not run in the last interval are left out.
List program_list(const Comparison& comparison, bool active_only);
List map_list(const Comparison& comparison);
/// The first entries in the order of `column` (0 key, 1 value, 2 rate), at most `most`; `reversed`: the last ones.
List entry_list(const EntryTracker& tracker, std::size_t column, bool reversed, const std::string& filter,
                std::size_t most = 512);

}  // namespace sonda::top
