// Rows in, lines out, in the format that the user asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "report/column.h"
#include "report/output.h"

namespace sonda::report {

enum class Emphasis : unsigned char { none, warning };

/// Writes a report to an Output, a line at a time, each at once. Every method throws what Output::write throws.
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

  Format format() const noexcept { return format_; }
  const std::vector<Column>& columns() const noexcept { return columns_; }
  /// Rows written so far.
  std::uint64_t rows() const noexcept { return rows_; }
  Output& output() noexcept { return *output_; }

 private:
  Output* output_;
  Format format_;
  std::vector<Column> columns_;
  std::uint64_t rows_ = 0;
  bool header_done_ = false;
};

}  // namespace sonda::report
