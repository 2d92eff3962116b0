// `MAP[KEY] = VALUE`, as `// @set` and --set-map say it.
#pragma once

#include <string_view>

#include "sonda/probe_source.h"
#include "source/attach_notation.h"

namespace sonda {

/// Takes it apart, whatever key and value are; `MapEntry::at` is left to the caller. Throws what `complain` makes.
MapEntry read_map_entry(std::string_view text, const Complain& complain);

}  // namespace sonda
