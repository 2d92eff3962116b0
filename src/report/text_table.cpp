// Text tables.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/format.h"

namespace sonda::report {
namespace {

struct AsText {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const { return escape_for_terminal(text); }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  template <class Number>
  std::string operator()(Number value) const {
    return fmt::format("{}", value);
  }
};

void append(std::string& line, const std::string& text, const Column& column, bool last) {
  const auto taken = display_width(text);
  const auto padding = column.width > taken ? column.width - taken : 0;
  if (column.align == Align::right) line.append(padding, ' ');
  line += text;
  if (column.align == Align::left && !last) line.append(padding, ' ');
  line += last ? '\n' : ' ';
}

template <class CellText>
std::string text_line(std::span<const Column> columns, CellText cell_text) {
  std::size_t last = columns.size();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].in.text) last = i;
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].in.text) append(line, cell_text(i), columns[i], i == last);
  return line;
}

}  // namespace

std::string text_header(std::span<const Column> columns) {
  return text_line(columns, [&](std::size_t i) { return columns[i].header; });
}

std::string text_row(std::span<const Column> columns, std::span<const Cell> cells) {
  return text_line(columns, [&](std::size_t i) { return std::visit(AsText{}, cells[i]); });
}

}  // namespace sonda::report
