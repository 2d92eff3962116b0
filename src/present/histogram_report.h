// BPF_HISTOGRAM maps as BCC prints them.
#pragma once

#include "present/output.h"
#include "present/record_cells.h"
#include "report/histogram.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda::present {

/// Whether the map was declared as a histogram.
bool is_histogram(const ProbeSource& source, const MapSpec& spec);

/// Prints it: one histogram or, where keys are structs, one for each key. Throws Error(Stage::read).
void print_histogram(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
                     TableOutput& output);

/// What stands beside one histogram.
struct HistogramTitle {
  std::string map;
  std::string key;    ///< which of several; may be empty
  std::string label;  ///< what the values are
};

/// One histogram, as wide as the terminal, but not wider than BCC's.
void print_one_histogram(const HistogramTitle& title, std::span<const report::Bucket> buckets, report::Scale scale,
                         TableOutput& output);

}  // namespace sonda::present
