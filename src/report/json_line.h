// A JSON value on a line of its own.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sonda::report {

using Json = nlohmann::ordered_json;

/// One line with its end, with no byte that a terminal would obey. Texts in `value` must be valid UTF-8
/// (to_valid_utf8).
std::string json_line(const Json& value);

}  // namespace sonda::report
