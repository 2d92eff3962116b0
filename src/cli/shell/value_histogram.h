// How large the numbers in a map are, as a histogram.
#pragma once

#include <string>

#include "present/output.h"
#include "sonda/map.h"

namespace sonda::shell {

/// Of the field `column` of the values, or of the keys; empty: of the value, if it is a number, or its only number. Of
/// a map with a value for each CPU their sum. Throws Error: there is no such field, or it is no number.
void print_value_histogram(const Map& map, const std::string& column, present::TableOutput& output);

}  // namespace sonda::shell
