// Decoded values as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sonda/record.h"

namespace sonda::cli {

using Json = nlohmann::ordered_json;

/// Structs as objects, arrays as arrays, text as valid UTF-8, enumerators by name.
Json to_json(const Value& value);

}  // namespace sonda::cli
