// Records of one layout as cells of a row: a column for each field, shown as the probe's `@show` lines say. Where each
// field is and what it is, is found once: printing a record makes no value of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "present/record_columns.h"
#include "read/show.h"
#include "report/writer.h"
#include "sonda/record.h"
#include "typed/parse_value.h"

namespace sonda::present {

class RecordCells {
 public:
  /// `part` ("key", "value", "event") names the column of a record that is no struct. Throws Error(Stage::read) for an
  /// `@show` that does not fit its field. Borrows `schema`, `resources`, and of `loaded` the maps of stacks.
  RecordCells(const Schema& schema, const std::string& map, const std::string& part, const ProbeSource& source,
              const LoadedImage& loaded, ShowResources& resources);
  /// The same columns for records of another schema, borrowed too, of which some fields may be missing or of another
  /// size.
  RecordCells(const RecordCells& like, const Schema& schema);

  const std::vector<RecordColumn>& columns() const noexcept { return columns_; }
  /// Whether anything is shown that belongs to a process: see pid_beside().
  bool needs_pid() const noexcept { return needs_pid_; }

  /// Whether the row or, in a text table, lines below it have the stacks.
  enum class Stacks : unsigned char { in_row, below };
  /// A cell for each column. `pid` is whose user addresses they are, where the record does not say. Text shows numbers
  /// with a unit that fits, the other formats in_base_units().
  void print(report::RowWriter& row, const RecordView& record, std::optional<pid_t> pid = {},
             Stacks stacks = Stacks::in_row) const;
  /// Makes each of `widths` (one for a column) as wide as print() makes the cell in a text table.
  void measure(std::span<std::size_t> widths, const RecordView& record, std::optional<pid_t> pid = {},
               Stacks stacks = Stacks::in_row) const;
  /// Whether print() gives the column a cell.
  bool is_in_row(std::size_t column, Stacks stacks) const noexcept {
    return stacks == Stacks::in_row || columns_[column].as != Show::stack;
  }
  /// Appends a line for each function of each stack in the record.
  void append_stacks(std::vector<std::string>& lines, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// The same as values, for small tables.
  void append(report::Row& row, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// The same without any `@show`, enumerators as numbers.
  void append_plain(report::Row& row, const RecordView& record) const;
  /// Appends the record as JSON, or one column of it.
  void append_json(std::string& line, std::size_t column, const RecordView& record) const;
  void append_json(std::string& line, const RecordView& record, std::optional<pid_t> pid = {}) const;
  /// Appends what the columns are: [{"name": "took", "type": "u64", "unit": "ns"}, ...].
  void append_schema(std::string& line) const;

  /// A number that orders the column's cells by value, whatever is shown: the smaller one is never the greater cell.
  std::uint64_t rank(std::size_t column, const RecordView& record) const;
  /// Whether values of the same rank are the same.
  bool ranks_all(std::size_t column) const noexcept {
    return places_[column].form != Form::text && places_[column].form != Form::other;
  }
  /// Below 0 if `a` has the smaller value in that column, 0 if they are the same.
  int compare(std::size_t column, const RecordView& a, const RecordView& b) const;

 private:
  enum class Form : unsigned char { missing, number, integer, truth, name, text, other };
  /// Of a column, in records of `schema_`.
  struct Where {
    Form form = Form::missing;
    std::uint32_t field = 0, type = 0, offset = 0, size = 0;
    std::uint32_t bit_offset = 0, bit_size = 0;
    bool is_shown = false;  ///< as the column says, not as what it is
  };
  void find_fields();
  Where where(const std::string& name) const;
  static Form form_of(const Type& type);
  std::optional<pid_t> pid_of(const RecordView& record, std::optional<pid_t> otherwise) const;
  RecordView field(std::size_t column, const RecordView& record) const;
  std::uint64_t load(const Where& place, const RecordView& record) const;
  template <class Sink>
  void plain(std::size_t column, const RecordView& record, Sink sink) const;
  template <class Sink>
  void shown(std::size_t column, report::Format format, const RecordView& record, std::optional<pid_t> pid,
             Sink sink) const;

  const Schema* schema_;
  ShowResources& resources_;
  std::vector<RecordColumn> columns_;
  std::vector<Where> places_;
  std::vector<std::string> json_names_;  ///< of each column, as JSON has it before its value
  bool needs_pid_ = false;
};

/// How the columns are typed. Borrows `resources`.
TypedAs typed_as(const RecordCells& cells, ShowResources& resources);

}  // namespace sonda::present
