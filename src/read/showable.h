// Which types can be shown as what; require_showable() in show.h is for others.
#pragma once

#include <string_view>

#include "sonda/probe_source.h"
#include "sonda/schema.h"

namespace sonda {

/// Whether one value of `type` can be shown as `as`; `element` is the type of an array's elements, else null.
bool is_showable(Show as, const Type& type, const Type* element);

[[noreturn]] void refuse_showable(Show as, const Type& type, std::string_view where);

}  // namespace sonda
