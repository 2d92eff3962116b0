// Events of one buffer, printed as they come.
#pragma once

#include <string>
#include <vector>

#include "cli/run/output.h"
#include "cli/run/record_cells.h"
#include "sonda/events.h"
#include "sonda/map.h"

namespace sonda::cli {

class EventReport {
 public:
  /// Borrows everything.
  EventReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
              TableOutput& output);
  void print(const Event& event);

 private:
  void print_bytes(const Event& event);
  const MapSpec& spec_;
  TableOutput& output_;
  RecordCells cells_;
  std::vector<report::Column> columns_;
  bool stacks_below_ = false;  ///< their row, as in a text table
};

}  // namespace sonda::cli
