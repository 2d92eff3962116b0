#include "cli/run/output.h"

#include <algorithm>
#include <span>

#include "base/escape.h"
#include "report/format.h"
#include "report/json_line.h"

namespace sonda::cli {

void widen(std::vector<report::Column>& columns, const report::Row& row) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto alone = columns[i];
    alone.width = 0;
    const auto cell = report::text_row(std::span(&alone, 1), std::span(&row[i], 1));
    columns[i].width = std::max(columns[i].width, display_width(std::string_view(cell).substr(0, cell.size() - 1)));
  }
}

void TableOutput::row(const std::string& table, const std::vector<report::Column>& columns, const report::Row& cells) {
  const bool csv = format_ == report::Format::csv;
  if (table != last_table_) {
    auto header = csv ? report::csv_header(columns) : report::text_header(columns);
    if (output_.colours() && !csv) header = "\x1b[1m" + header.substr(0, header.size() - 1) + "\x1b[0m\n";
    output_.write(header);
    last_table_ = table;
  }
  output_.write(csv ? report::csv_row(columns, cells, output_.is_terminal()) : report::text_row(columns, cells));
}

void TableOutput::line(const std::string& text) {
  if (!this->text()) return;
  output_.write(text + "\n");
  forget_table();
}

void TableOutput::below_row(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  if (this->text()) output_.write(text);
}

void TableOutput::object(const Json& json) { output_.write(report::json_line(json)); }

}  // namespace sonda::cli
