// All about one program, as lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/top/rates.h"
#include "cli/top/screen_text.h"

namespace sonda::top {

struct DetailLine {
  Line line;
  std::optional<std::uint32_t> map;  ///< the map that this line is about
};

/// `pins`: the files that the program is pinned to.
std::vector<DetailLine> program_details(const Comparison& comparison, const ProgramState& program,
                                        const std::vector<std::string>& pins, const Surface& surface);

}  // namespace sonda::top
