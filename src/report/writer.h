// Rows in, lines out, in the format that the user asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/column.h"
#include "report/output.h"

namespace sonda::report {

/// A row, appended to a line cell by cell: no cell becomes a value of its own.
class RowWriter {
 public:
  /// Appends to `line`, which is borrowed. Of CSV, what goes to a terminal is made as harmless as a text table is; else
  /// text is given byte for byte.
  RowWriter(std::string& line, Format format, bool for_terminal = false)
      : line_(line), format_(format), for_terminal_(for_terminal) {}

  Format format() const noexcept { return format_; }
  /// Begins a row of these columns, which are borrowed until its end. Then there must be a cell for each of them, also
  /// for those that the format leaves out.
  void begin(std::span<const Column> columns);
  void nothing();
  void number(std::uint64_t number);
  void number(std::int64_t number);
  void real(double number);
  void truth(bool value);
  void text(std::string_view untrusted);
  void cell(const Cell& cell);
  void header(const Column& column);  ///< its name in that format; not of JSON
  /// With the line's end.
  void end();

 private:
  bool is_left_out();
  void put(std::string_view harmless, std::size_t width);
  void put(std::string_view harmless) { put(harmless, harmless.size()); }

  std::string& line_;
  Format format_;
  bool for_terminal_;
  std::span<const Column> columns_;
  std::size_t next_ = 0, last_ = 0;
  bool first_ = true;
};

/// Rows as lines, each with its end. In text, columns are padded to their width and parted by one space. A cell that is
/// too long widens its own row only.
std::string text_header(std::span<const Column> columns);
std::string text_row(std::span<const Column> columns, std::span<const Cell> cells);

/// One object on one line: valid UTF-8, and with no byte that a terminal would obey.
std::string json_row(std::span<const Column> columns, std::span<const Cell> cells);
std::string json_object(const Fields& fields);

/// RFC 4180. Text is given byte for byte, unless `for_terminal`: then as the text table shows it. A cell that a
/// spreadsheet would take for a formula is not altered; tell the spreadsheet to import the columns as text.
std::string csv_header(std::span<const Column> columns);
std::string csv_row(std::span<const Column> columns, std::span<const Cell> cells, bool for_terminal = false);

/// Writes a table to an Output, a line at a time, each at once. Every method throws what Output::write throws.
class Writer {
 public:
  /// `output` is borrowed.
  Writer(Output& output, Format format, std::vector<Column> columns)
      : output_(&output), format_(format), columns_(std::move(columns)) {}

  /// The column names: in a text table each time it is called, in CSV the first time only, in JSON never.
  void header();
  /// One row, with one cell for each column (std::logic_error if not). The first one brings the header with it.
  void row(std::span<const Cell> cells, Emphasis emphasis = Emphasis::none);
  void row(std::initializer_list<Cell> cells, Emphasis emphasis = Emphasis::none) {
    row(std::span<const Cell>(cells.begin(), cells.size()), emphasis);
  }
  /// A line of prose; text tables only.
  void line(std::string_view text, Emphasis emphasis = Emphasis::none);
  /// An object that is not a row; JSON only.
  void object(const Fields& fields);

  const std::vector<Column>& columns() const noexcept { return columns_; }
  /// Rows written so far.
  std::uint64_t rows() const noexcept { return rows_; }

 private:
  Output* output_;
  Format format_;
  std::vector<Column> columns_;
  std::uint64_t rows_ = 0;
  bool header_done_ = false;
};

}  // namespace sonda::report
