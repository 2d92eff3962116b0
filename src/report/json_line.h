// JSON as it leaves the program: on a line of its own, and with no byte that a terminal would obey.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "sonda/record.h"

namespace sonda::report {

using Json = nlohmann::ordered_json;

/// One line with its end. Texts in `value` must be valid UTF-8 (to_valid_utf8).
std::string json_line(const Json& value);

/// Append to a line what needs no tree: untrusted text, in quotes, and a number (null for one that JSON has not).
void append_json(std::string& line, std::string_view untrusted);
void append_json(std::string& line, double number);

/// Structs as objects, arrays as arrays, text as valid UTF-8, enumerators by name.
void append_json(std::string& line, const Value& value);

}  // namespace sonda::report
