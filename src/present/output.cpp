#include "present/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/escape.h"
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
  std::size_t operator()(const std::string& text) const { return display_width(escape_for_terminal(text)); }
};

/// Columns of the terminal that the cell takes in a text table.
std::size_t cell_width(const report::Cell& cell) { return std::visit(CellWidth{}, cell); }

}  // namespace

void widen(std::vector<report::Column>& columns, const report::Row& row) {
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].width = std::max(columns[i].width, cell_width(row[i]));
}

void TableOutput::row(const std::string& table, const std::vector<report::Column>& columns, const report::Row& cells) {
  const bool csv = format_ == report::Format::csv;
  if (table != last_table_) {
    auto header = csv ? csv_line("snapshot", "map", report::csv_header(columns)) : report::text_header(columns);
    if (output_.colours() && !csv) header = "\x1b[1m" + header.substr(0, header.size() - 1) + "\x1b[0m\n";
    output_.write(header);
    last_table_ = table;
  }
  const auto snapshot = snapshot_ == 0 ? std::string() : std::to_string(snapshot_);
  output_.write(csv ? csv_line(snapshot, table, report::csv_row(columns, cells, output_.is_terminal()))
                    : report::text_row(columns, cells));
}

/// The name of a map needs no quotes.
std::string TableOutput::csv_line(const std::string& snapshot, const std::string& map, const std::string& line) const {
  return (snapshots_ ? snapshot + "," : "") + (tables_ == Tables::several ? map + "," : "") + line;
}

void TableOutput::begin_snapshot(std::uint64_t number, const std::string& time) {
  snapshot_ = number;
  if (number == 0) return;
  line("\n" + time);
  if (json()) object({{"type", "snapshot"}, {"time", time}});
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

void TableOutput::object(const Json& json) {
  auto line = report::json_line(json);
  line.pop_back();
  object_line(std::move(line));
}

void TableOutput::object_line(std::string line) {
  if (snapshot_ != 0) line.insert(1, fmt::format(R"("snapshot":{},)", snapshot_));
  output_.write(line += '\n');
}

void TableOutput::object_of(const report::Fields& fields) { output_.write(report::json_object(fields)); }

}  // namespace sonda::present
