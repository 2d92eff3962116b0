#include "present/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>

#include "base/escape.h"
#include "read/show.h"
#include "report/format.h"
#include "report/json_line.h"

namespace sonda::present {

std::string cell_text(const report::Cell& cell) {
  const report::Column bare;
  auto text = report::text_row(std::span(&bare, 1), std::span(&cell, 1));
  text.pop_back();  // the line's end
  return text;
}

namespace {

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

/// Columns of the terminal that the cell takes in a text table.
std::size_t cell_width(const report::Cell& cell) { return std::visit(CellWidth{}, cell); }

}  // namespace

void widen(std::vector<report::Column>& columns, const report::Row& row) {
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].width = std::max(columns[i].width, cell_width(row[i]));
}

void TableOutput::header(const std::string& table, const std::vector<report::Column>& columns) {
  last_table_ = table;
  begin_line("map", true);
  line_ += text() ? report::text_header(columns) : report::csv_header(columns);
  if (text() && output_.colours()) line_ = "\x1b[1m" + line_.substr(0, line_.size() - 1) + "\x1b[0m\n";
  output_.write(line_);
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

void TableOutput::object(const report::Json& json) { write_object(report::json_line(json)); }

void TableOutput::object_of(const report::Fields& fields) { write_object(report::json_object(fields)); }

void TableOutput::object_line(std::string_view object) { write_object(object); }

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
