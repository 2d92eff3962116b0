// Rows as lines, without any file: one pair of functions for each format. Every line comes with its end.
#pragma once

#include <span>
#include <string>

#include "report/column.h"

namespace sonda::report {

/// Columns padded to their width and parted by one space. A cell that is too long widens its own row only.
std::string text_header(std::span<const Column> columns);
std::string text_row(std::span<const Column> columns, std::span<const Cell> cells);

/// One object on one line: valid UTF-8, and with no byte that a terminal would obey.
std::string json_row(std::span<const Column> columns, std::span<const Cell> cells);
std::string json_object(const Fields& fields);

/// RFC 4180. Text is given byte for byte, unless `for_terminal`: then as the text table shows it. A cell that a
/// spreadsheet would take for a formula is not altered; tell the spreadsheet to import the columns as text.
std::string csv_header(std::span<const Column> columns);
std::string csv_row(std::span<const Column> columns, std::span<const Cell> cells, bool for_terminal = false);

}  // namespace sonda::report
