#include "report/writer.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/escape.h"
#include "report/json_line.h"

namespace sonda::report {
namespace {

/// A cell as RFC 4180 has it.
std::string csv_text(std::string_view text) {
  const bool needs = text.find_first_of(",\"\r\n") != text.npos || text.starts_with(' ') || text.ends_with(' ');
  if (!needs) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result += '"';
}

std::string csv_name(const Column& column) {
  const auto end = '_' + column.unit;
  return column.unit.empty() || column.key.ends_with(end) ? column.key : column.key + end;
}

struct Put {
  RowWriter& row;
  void operator()(std::monostate) const { row.nothing(); }
  void operator()(const std::string& text) const { row.text(text); }
  void operator()(bool value) const { row.truth(value); }
  void operator()(double number) const { row.real(number); }
  template <class Integer>
  void operator()(Integer number) const {
    row.number(number);
  }
};

std::string row_of(Format format, std::span<const Column> columns, std::span<const Cell> cells, bool for_terminal) {
  std::string line;
  RowWriter row(line, format, for_terminal);
  row.begin(columns);
  for (const auto& cell : cells) row.cell(cell);
  row.end();
  return line;
}

std::string header_of(Format format, std::span<const Column> columns) {
  std::string line;
  RowWriter row(line, format);
  row.begin(columns);
  for (const auto& column : columns) row.header(column);
  row.end();
  return line;
}

}  // namespace

void RowWriter::begin(std::span<const Column> columns) {
  columns_ = columns;
  next_ = 0;
  first_ = true;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].in.has(format_)) last_ = i;
  if (format_ == Format::json) line_ += '{';
}

bool RowWriter::is_left_out() {
  if (columns_[next_].in.has(format_)) return false;
  ++next_;
  return true;
}

/// `width` is what it takes of a terminal.
void RowWriter::put(std::string_view harmless, std::size_t width) {
  const auto& column = columns_[next_];
  if (format_ == Format::text) {
    const auto padding = column.width > width ? column.width - width : 0;
    if (!first_) line_ += ' ';
    if (column.align == Align::right) line_.append(padding, ' ');
    line_ += harmless;
    if (column.align == Align::left && next_ != last_) line_.append(padding, ' ');
  } else {
    if (!first_) line_ += ',';
    if (format_ == Format::json) {
      append_json(line_, column.key);
      line_ += ':';
    }
    line_ += harmless;
  }
  first_ = false;
  ++next_;
}

void RowWriter::nothing() {
  if (!is_left_out()) put(format_ == Format::text ? "-" : format_ == Format::json ? "null" : "");
}

void RowWriter::number(std::uint64_t number) {
  if (is_left_out()) return;
  const fmt::format_int digits(number);
  put({digits.data(), digits.size()});
}

void RowWriter::number(std::int64_t number) {
  if (is_left_out()) return;
  const fmt::format_int digits(number);
  put({digits.data(), digits.size()});
}

void RowWriter::real(double number) {
  if (is_left_out()) return;
  std::string digits;
  if (format_ == Format::json)
    append_json(digits, number);
  else
    digits = fmt::to_string(number);
  put(digits);
}

void RowWriter::truth(bool value) {
  if (is_left_out()) return;
  if (format_ == Format::text) return put(value ? "yes" : "no");
  put(value ? "true" : "false");
}

void RowWriter::text(std::string_view untrusted) {
  if (is_left_out()) return;
  if (format_ == Format::json) {
    std::string quoted;
    append_json(quoted, untrusted);
    return put(quoted);
  }
  if (format_ == Format::csv)
    return put(csv_text(for_terminal_ ? escape_for_terminal(untrusted) : std::string(untrusted)));
  if (stays_as_it_is(untrusted)) return put(untrusted);
  const auto escaped = escape_for_terminal(untrusted);
  put(escaped, display_width(escaped));
}

void RowWriter::cell(const Cell& cell) { std::visit(Put{*this}, cell); }

void RowWriter::header(const Column& column) {
  if (is_left_out()) return;
  if (format_ == Format::csv) return put(csv_text(csv_name(column)));
  put(column.header, display_width(column.header));
}

void RowWriter::end() { line_ += format_ == Format::json ? "}\n" : format_ == Format::csv ? "\r\n" : "\n"; }

std::string text_header(std::span<const Column> columns) { return header_of(Format::text, columns); }

std::string text_row(std::span<const Column> columns, std::span<const Cell> cells) {
  return row_of(Format::text, columns, cells, false);
}

std::string csv_header(std::span<const Column> columns) { return header_of(Format::csv, columns); }

std::string csv_row(std::span<const Column> columns, std::span<const Cell> cells, bool for_terminal) {
  return row_of(Format::csv, columns, cells, for_terminal);
}

std::string json_row(std::span<const Column> columns, std::span<const Cell> cells) {
  return row_of(Format::json, columns, cells, false);
}

std::string json_object(const Fields& fields) {
  std::vector<Column> columns;
  std::vector<Cell> cells;
  for (const auto& [name, cell] : fields) {
    columns.push_back({.header = {}, .key = name});
    cells.push_back(cell);
  }
  return json_row(columns, cells);
}

void Writer::header() {
  if (format_ == Format::text || (format_ == Format::csv && !header_done_))
    output_->write(
        output_->styled(header_of(format_, columns_), format_ == Format::text ? Emphasis::heading : Emphasis::none));
  header_done_ = true;
}

void Writer::row(std::span<const Cell> cells, Emphasis emphasis) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row must have one cell for each column");
  if (!header_done_) header();
  const auto line = row_of(format_, columns_, cells, output_->is_terminal());
  if (format_ == Format::json)
    output_->object(line);
  else
    output_->write(output_->styled(line, format_ == Format::text ? emphasis : Emphasis::none));
  ++rows_;
}

void Writer::line(std::string_view text, Emphasis emphasis) {
  if (format_ == Format::text) output_->write(output_->styled(std::string(text) + '\n', emphasis));
}

void Writer::object(const Fields& fields) {
  if (format_ == Format::json) output_->object(json_object(fields));
}

}  // namespace sonda::report
