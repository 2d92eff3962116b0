// What was lost, as every program tells it: a line, or an object, for each place and reason.
#pragma once

#include <functional>
#include <string>

#include "front/tool.h"
#include "report/column.h"
#include "sonda/ledger.h"
#include "sonda/loaded_image.h"

namespace sonda::front {

/// What the program's user can do about it: "--buffer rows=PAGES"; empty for nothing.
using Remedy = std::function<std::string(const Loss&)>;

/// Says it on standard error, a line for each place and reason: "lost: 12 events of rows at probe.c:9: the ring buffer
/// was full (4 KiB): --buffer rows=PAGES"; nothing if nothing was lost.
void warn_of_losses(Run& run, const Ledger& ledger, const Remedy& remedy = {});

/// Writes an object for each: {"type": "lost", "what": "events", "count": 12, "map": "rows", "file": "probe.c", "line":
/// 9, "reason": "..."}; the keys are the same for all, with null for what is not known. Throws as Output::write() does.
void print_losses(report::Output& output, const Ledger& ledger);

/// Says on standard error of which functions losses are not counted.
void warn_of_uncounted(Run& run, const std::string& file, const LoadedImage& loaded);

/// The object of a loss that a program counts itself.
report::Fields loss_object(const std::string& what, std::uint64_t count, const std::string& map,
                           const std::string& reason);

}  // namespace sonda::front
