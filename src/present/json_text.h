// Values as JSON, straight into a line: no tree is made of them.
#pragma once

#include <string>
#include <string_view>

#include "sonda/record.h"

namespace sonda::present {

/// Append to `line`, and say whether they could: what has anything but printable ASCII in it, or floating point, is
/// left to the tree (json_value.h, report::json_line), which knows how to write it. Nothing of use is in `line` then.
bool append_json(std::string& line, std::string_view text);
bool append_json(std::string& line, const Value& value);

}  // namespace sonda::present
