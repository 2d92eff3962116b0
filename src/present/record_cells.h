// Records of one layout as cells of a row: a column for each field, shown as the probe's `@show` lines say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "present/json_value.h"
#include "read/show.h"
#include "report/column.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"
#include "sonda/record.h"
#include "typed/parse_value.h"

namespace sonda::present {

/// One field, or the whole of a record that is no struct.
struct RecordColumn {
  std::string name;  ///< of the field; empty: the record itself
  std::optional<Show> as;
  const Map* stacks = nullptr;  ///< for Show::stack
  report::Column column;
};

class RecordCells {
 public:
  /// `part` ("key", "value", "event") names the column of a record that is no struct. Throws Error(Stage::read) for an
  /// `@show` that does not fit its field. Borrows `resources`, and of `loaded` the maps of stacks.
  RecordCells(const Schema& schema, const std::string& map, const std::string& part, const ProbeSource& source,
              const LoadedImage& loaded, ShowResources& resources);

  const std::vector<RecordColumn>& columns() const noexcept { return columns_; }
  /// Appends a cell for each column. `pid` is whose user addresses they are, where the record does not say.
  void append(report::Row& row, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// The same without any `@show`, enumerators as numbers: what is sorted by, whatever is shown.
  void append_plain(report::Row& row, const RecordView& record) const;
  /// Whether append_plain() gives something else.
  bool shows_otherwise() const noexcept { return shows_otherwise_; }
  /// The same for the columns that hold no stacks, which are dear to look up.
  void append_but_stacks(report::Row& row, const RecordView& record) const;
  /// Appends a line for each function of each stack in the record.
  void append_stacks(std::vector<std::string>& lines, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// The record, with the fields that have an `@show` as text.
  Json json(const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// Appends the same to a line. False, and nothing of use is there, if only json() can write it.
  bool append_json(std::string& line, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// Whether anything is shown that belongs to a process: see pid_beside().
  bool needs_pid() const noexcept { return needs_pid_; }

 private:
  std::optional<pid_t> pid_of(const RecordView& record, std::optional<pid_t> otherwise) const;
  /// The field of that column; nothing if the record came short and lacks it.
  std::optional<RecordView> field(std::size_t column, const RecordView& record) const;
  report::Cell cell(std::size_t column, const RecordView& record, const ShowBeside& beside) const;
  void add(RecordColumn column);

  ShowResources& resources_;
  std::vector<RecordColumn> columns_;
  std::vector<std::string> json_names_;  ///< of each column, as JSON has it before its value
  bool needs_pid_ = false, shows_otherwise_ = false;
};

/// How the columns are typed. Borrows `resources`.
TypedAs typed_as(const RecordCells& cells, ShowResources& resources);

/// The columns, or the cells, of a text table, where stacks stand below their row instead of in it.
template <class Part>
std::vector<Part> without_stacks(const std::vector<Part>& parts, const std::vector<bool>& is_stack) {
  std::vector<Part> rest;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!is_stack[i]) rest.push_back(parts[i]);
  return rest;
}

/// Throws Error(Stage::source), at its line, for an `@show` of a field that no map and no event of the probe has.
void require_shown_fields(const ProbeSource& source, const LoadedImage& loaded);

/// The only map of stack traces, or null.
const Map* only_stack_map(const LoadedImage& loaded);

}  // namespace sonda::present
