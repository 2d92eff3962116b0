// Decoded values as JSON, straight into a line.
#pragma once

#include <string>

#include "sonda/record.h"

namespace sonda::present {

/// Structs as objects, arrays as arrays, text as valid UTF-8, enumerators by name.
void append_json(std::string& line, const Value& value);

}  // namespace sonda::present
