// The columns that records of one layout have, as the probe's `@show` lines say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/column.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"
#include "sonda/schema.h"

namespace sonda::present {

/// One field, or the whole of a record that is no struct.
struct RecordColumn {
  std::string name;  ///< of the field; empty: the record itself
  std::optional<Show> as;
  const Map* stacks = nullptr;  ///< for Show::stack
  report::Column column;
};

/// `part` ("key", "value", "event") names the column of a record that is no struct. Throws Error(Stage::read) for an
/// `@show` that does not fit its field. The columns borrow the maps of stacks of `loaded`.
std::vector<RecordColumn> record_columns(const Schema& schema, const std::string& map, const std::string& part,
                                         const ProbeSource& source, const LoadedImage& loaded);

/// Throws Error(Stage::source), at its line, for an `@show` of a field that no map and no event of the probe has.
void require_shown_fields(const ProbeSource& source, const LoadedImage& loaded);

/// Whether such records are one whole number each.
bool is_number(const Schema& schema);

/// The only map of stack traces, or null.
const Map* only_stack_map(const LoadedImage& loaded);

}  // namespace sonda::present
