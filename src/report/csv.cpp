// CSV.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/format.h"

namespace sonda::report {
namespace {

std::string quoted(const std::string& text) {
  const bool needs = text.find_first_of(",\"\r\n") != std::string::npos || text.starts_with(' ') || text.ends_with(' ');
  if (!needs) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result += '"';
}

struct AsCsv {
  bool for_terminal;
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const {
    return quoted(for_terminal ? escape_for_terminal(text) : text);
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  template <class Number>
  std::string operator()(Number value) const {
    return fmt::format("{}", value);
  }
};

template <class CellText>
std::string csv_line(std::span<const Column> columns, CellText cell_text) {
  std::string line;
  bool first = true;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].in.csv) continue;
    if (!first) line += ',';
    line += cell_text(i);
    first = false;
  }
  return line += "\r\n";
}

}  // namespace

std::string csv_header(std::span<const Column> columns) {
  return csv_line(columns, [&](std::size_t i) { return quoted(columns[i].key); });
}

std::string csv_row(std::span<const Column> columns, std::span<const Cell> cells, bool for_terminal) {
  return csv_line(columns, [&](std::size_t i) { return std::visit(AsCsv{for_terminal}, cells[i]); });
}

}  // namespace sonda::report
