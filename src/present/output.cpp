#include "present/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>

#include "base/escape.h"
#include "read/show.h"

namespace sonda::present {
namespace {

/// Columns of the terminal that a cell takes in a text table.
struct CellWidth {
  std::size_t operator()(std::monostate) const { return 1; }
  std::size_t operator()(bool value) const { return value ? 3 : 2; }
  std::size_t operator()(std::uint64_t number) const { return fmt::format_int(number).size(); }
  std::size_t operator()(std::int64_t number) const { return fmt::format_int(number).size(); }
  std::size_t operator()(double number) const { return fmt::formatted_size("{}", number); }
  std::size_t operator()(const std::string& text) const { return escaped_width(text); }
};

/// Seconds since 1970, now.
std::string& append_time(std::string& line) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  const fmt::format_int seconds(microseconds / 1'000'000), rest(1'000'000 + microseconds % 1'000'000);
  line.append(seconds.data(), seconds.size()) += '.';
  return line.append(rest.data() + 1, rest.size() - 1);
}

}  // namespace

std::string cell_text(const report::Cell& cell) {
  const report::Column bare;
  auto text = report::text_row(std::span(&bare, 1), std::span(&cell, 1));
  text.pop_back();  // the line's end
  return text;
}

std::vector<report::Column> fitted(std::vector<report::Column> columns, const std::vector<report::Row>& rows) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& width = columns[i].width;
    width = std::max(width, display_width(columns[i].header));
    for (const auto& row : rows) width = std::max(width, std::visit(CellWidth{}, row[i]));
  }
  return columns;
}

void TableOutput::header(const std::string& table, const std::vector<report::Column>& columns) {
  last_table_ = table;
  begin_line("map", true);
  line_ += text() ? report::text_header(columns) : report::csv_header(columns);
  output_.write(output_.styled(line_, text() ? report::Emphasis::heading : report::Emphasis::none));
  line_.clear();
}

/// What stands before the cells of a row. The name of a map needs no quotes.
void TableOutput::begin_line(const std::string& map, bool is_header) {
  line_.clear();  // of what an error has left
  const bool csv = format_ == report::Format::csv;
  if (csv && snapshots_) (line_ += is_header ? "snapshot" : snapshot_ == 0 ? "" : std::to_string(snapshot_)) += ',';
  if (csv && tables_ == Tables::several) (line_ += map) += ',';
  if (!times_) return;
  if (is_header)
    line_ += csv ? "time," : "TIME            ";
  else if (csv)
    append_time(line_) += ',';
  else
    line_ += show_time(0, std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()) + ' ';
}

report::RowWriter& TableOutput::begin_row(const std::string& table, const std::vector<report::Column>& columns) {
  if (table != last_table_) header(table, columns);
  begin_line(table, false);
  row_.begin(columns);
  return row_;
}

void TableOutput::end_row() {
  row_.end();
  output_.write(line_);
  line_.clear();
}

void TableOutput::row(const std::string& table, const std::vector<report::Column>& columns, const report::Row& cells) {
  auto& row = begin_row(table, columns);
  for (const auto& cell : cells) row.cell(cell);
  end_row();
}

void TableOutput::rows(const std::string& table, const std::vector<report::Column>& columns,
                       const std::vector<report::Row>& rows) {
  const auto wide = fitted(columns, rows);
  for (const auto& cells : rows) row(table, wide, cells);
}

void TableOutput::begin_snapshot(std::uint64_t number, const std::string& time) {
  snapshot_ = number;
  if (number == 0) return;
  line("\n" + time);
  if (json()) object({{"type", "snapshot"}});
}

void TableOutput::line(const std::string& text) {
  if (!this->text()) return;
  output_.write(text + "\n");
  forget_table();
}

std::size_t TableOutput::histogram_width() const noexcept {
  constexpr std::size_t as_bcc = 80;
  return output_.is_terminal() ? std::min(as_bcc, output_.size().columns) : as_bcc;
}

void TableOutput::below_row(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  if (this->text()) output_.write(text);
}

/// With the time in front, and the line's end.
void TableOutput::write_object(std::string_view object) {
  line_ = "{\"time\":";
  append_time(line_) += ',';
  if (snapshot_ != 0) line_ += fmt::format(R"("snapshot":{},)", snapshot_);
  line_ += object.substr(1);
  if (!object.ends_with('\n')) line_ += '\n';
  output_.object(line_);
  line_.clear();
}

}  // namespace sonda::present
