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
  /// Borrows `resources`, `output`, and of `loaded` the maps of stacks.
  EventReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
              TableOutput& output);
  void print(const Event& event);
  const MapSpec& spec() const noexcept { return spec_; }
  const RecordCells& cells() const noexcept { return cells_; }

 private:
  void print_bytes(const Event& event);
  MapSpec spec_;
  TableOutput& output_;
  RecordCells cells_;
  std::vector<report::Column> columns_;
  bool stacks_below_ = false;  ///< their row, as in a text table
};

}  // namespace sonda::cli
