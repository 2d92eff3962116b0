// A row, appended to a line cell by cell: no cell becomes a value of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "report/column.h"

namespace sonda::report {

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

}  // namespace sonda::report
