// A snapshot's objects. docs/top.md has their shape.
#pragma once

#include <cstdint>

#include "cli/top/entries.h"
#include "cli/top/rates.h"
#include "report/json_line.h"

namespace sonda::top {

/// `sample` is the number of the snapshot that they belong to.
report::Json sample_json(const Comparison& comparison, std::uint64_t snapshot);
report::Json program_json(const Comparison& comparison, const ProgramState& program, std::uint64_t snapshot);
report::Json map_json(const MapState& map, std::uint64_t snapshot);
report::Json link_json(const LinkFacts& link, std::uint64_t snapshot);
/// `row` is one of the tracker's content.
report::Json entry_json(const EntryTracker& tracker, std::size_t row, std::uint32_t map, std::uint64_t snapshot);

}  // namespace sonda::top
