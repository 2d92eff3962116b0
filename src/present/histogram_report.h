// BPF_HISTOGRAM maps as BCC prints them.
#pragma once

#include <string>

#include "present/map_report.h"
#include "present/output.h"
#include "present/record_cells.h"
#include "report/histogram.h"
#include "sonda/map.h"

namespace sonda::present {

inline bool is_histogram(const MapSpec& spec) { return spec.slots != Slots::none; }

/// Prints it: one histogram or, where keys are structs, one for each key, in the order of the keys or, of the first
/// `view.top`, by their counts. False if the reading was ended before all was read: then that is said, and nothing is
/// shown. Throws Error(Stage::read).
bool print_histogram(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output, const MapView& view);

/// How large the numbers in a map are: of the field `column` of the values, or of the keys; empty: of the value, if it
/// is a number, or its only number. Of a map with a value for each CPU their sum. Throws Error: there is no such field,
/// or it is no number.
void print_value_histogram(const Map& map, const std::string& column, TableOutput& output);

}  // namespace sonda::present
