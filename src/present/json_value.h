// Decoded values as JSON.
#pragma once

#include "report/json_line.h"
#include "sonda/record.h"

namespace sonda::present {

using report::Json;

/// Structs as objects, arrays as arrays, text as valid UTF-8, enumerators by name.
Json to_json(const Value& value);

}  // namespace sonda::present
