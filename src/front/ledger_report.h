// What was lost, as every program tells it: a line, or an object, for each place and reason.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/column.h"
#include "sonda/ledger.h"
#include "sonda/loaded_image.h"

namespace sonda::front {

/// What the program's user can do about it: "--buffer rows=PAGES"; empty for nothing.
using Remedy = std::function<std::string(const Loss&)>;

/// "lost: 12 events of rows at probe.c:9: the ring buffer was full (4 KiB): --buffer rows=PAGES", and so on; none if
/// nothing was lost.
std::vector<std::string> ledger_lines(const Ledger& ledger, const Remedy& remedy = {});

/// {"type": "lost", "what": "events", "count": 12, "map": "rows", "file": "probe.c", "line": 9, "reason": "..."}; the
/// keys are the same for all, with null for what is not known.
std::vector<report::Fields> ledger_objects(const Ledger& ledger);

/// A line for each function whose losses are not counted.
std::vector<std::string> uncounted_lines(const std::string& file, const LoadedImage& loaded);

/// The object of a loss that a program counts itself.
report::Fields loss_object(const std::string& what, std::uint64_t count, const std::string& map,
                           const std::string& reason);

}  // namespace sonda::front
