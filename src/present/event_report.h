// Events of one buffer, and lines of bpf_trace_printk, printed as they come.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "present/output.h"
#include "present/record_cells.h"
#include "read/fitted_schema.h"
#include "sonda/events.h"
#include "sonda/image.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/trace_pipe.h"

namespace sonda::present {

class EventReport {
 public:
  /// Borrows `resources`, `output`, and of `loaded` the maps of stacks.
  EventReport(const Map& map, const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources,
              TableOutput& output);
  void print(const Event& event);
  const MapSpec& spec() const noexcept { return spec_; }
  const RecordCells& cells() const noexcept { return cells_; }

 private:
  /// What so many bytes hold of the event's type.
  struct Fitted {
    explicit Fitted(const RecordCells& like, const Schema& schema, std::size_t bytes)
        : part(fitted(schema, bytes)), cells(like, part.schema) {}
    FittedSchema part;
    RecordCells cells;
  };
  void print_record(const RecordCells& cells, const RecordView& record, const std::vector<std::string>& missing);
  void print_bytes(const Event& event);
  void say_schema();
  const Fitted& fitted_to(std::size_t size);

  MapSpec spec_;
  TableOutput& output_;
  RecordCells cells_;
  std::vector<report::Column> columns_;
  RecordCells::Stacks stacks_ = RecordCells::Stacks::in_row;
  bool schema_said_ = false;
  std::string json_start_;  ///< of the object of an event, up to its data
  std::string json_;
  std::size_t fitted_size_ = 0;
  std::unique_ptr<Fitted> fitted_;  ///< to events of that size, which come one after the other
};

/// Whether a program of the image writes to trace_pipe.
bool writes_trace(const Image& image);

void print_trace(const TraceFields& fields, TableOutput& output);

}  // namespace sonda::present
