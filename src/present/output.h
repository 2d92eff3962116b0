// What every part of a run prints through.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "report/column.h"
#include "report/json_line.h"
#include "report/output.h"
#include "report/writer.h"

namespace sonda::present {

/// The cell as a text table shows it, without padding.
std::string cell_text(const report::Cell& cell);

/// The columns, each wide enough for its header and its cells in a text table.
std::vector<report::Column> fitted(std::vector<report::Column> columns, const std::vector<report::Row>& rows);

/// Rows of different tables in one stream: when another table begins, its header is printed.
class TableOutput {
 public:
  enum class Tables : unsigned char { one, several };

  /// With several tables each line of CSV says in its first column, "map", which one it is of.
  TableOutput(report::Output& output, report::Format format, Tables tables = Tables::one)
      : output_(output), format_(format), tables_(tables), row_(line_, format, output.is_terminal()) {}
  TableOutput(const TableOutput&) = delete;
  TableOutput& operator=(const TableOutput&) = delete;

  /// From now on each row begins with the time at which it was printed: in a text table the time of day, in CSV seconds
  /// since 1970. Objects of JSON always have it, as "time".
  void show_times() noexcept { times_ = true; }

  report::Format format() const noexcept { return format_; }
  bool json() const noexcept { return format_ == report::Format::json; }
  bool text() const noexcept { return format_ == report::Format::text; }

  /// A row of the table called `table`, in text or CSV.
  void row(const std::string& table, const std::vector<report::Column>& columns, const report::Row& cells);
  /// All rows of a table: each column is as wide as its widest cell.
  void rows(const std::string& table, const std::vector<report::Column>& columns, const std::vector<report::Row>& rows);
  /// One row cell by cell, until end_row(). Borrows `columns` till then.
  report::RowWriter& begin_row(const std::string& table, const std::vector<report::Column>& columns);
  void end_row();
  /// A line of text as it is; nothing in JSON and CSV.
  void line(const std::string& text);
  /// Lines that belong to the row before them. They must be harmless.
  void below_row(const std::vector<std::string>& lines);
  void object(const report::Json& json) { write_object(report::json_line(json)); }
  void object_of(const report::Fields& fields) { write_object(report::json_object(fields)); }
  /// An object that is written already, without the line's end.
  void object_line(std::string_view object) { write_object(object); }
  /// Whether the schema of that table's objects is still to be said: once in a run.
  bool wants_schema(const std::string& table) { return json() && schemas_.insert(table).second; }
  /// Columns for a histogram: BCC's 80, or what a terminal has that is narrower.
  std::size_t histogram_width() const noexcept;
  report::Output& output() noexcept { return output_; }
  /// Snapshots follow: lines of CSV say in their first column which one they are of.
  void expect_snapshots() { snapshots_ = true; }
  /// What follows is of that snapshot, the first being 1, and says so; 0: of none. `time` is for people and programs.
  void begin_snapshot(std::uint64_t number, const std::string& time);
  /// The next row brings its header, whatever came before.
  void forget_table() { last_table_.clear(); }
  /// The tables may be others now: as after a reload.
  void forget_schemas() {
    forget_table();
    schemas_.clear();
  }

 private:
  void header(const std::string& table, const std::vector<report::Column>& columns);
  void begin_line(const std::string& map, bool is_header);
  void write_object(std::string_view object);

  report::Output& output_;
  report::Format format_;
  Tables tables_;
  bool times_ = false, snapshots_ = false;
  std::uint64_t snapshot_ = 0;
  std::string last_table_;
  std::set<std::string> schemas_;
  std::string line_;
  report::RowWriter row_;
};

}  // namespace sonda::present
