// How the shell's own answers are shown.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "cli/shell/workspace.h"
#include "report/format.h"

namespace sonda::shell {
namespace {

struct AsJsonCell {
  report::Json operator()(std::monostate) const { return nullptr; }
  report::Json operator()(const std::string& text) const { return to_valid_utf8(text); }
  template <class Plain>
  report::Json operator()(Plain value) const {
    return value;
  }
};

/// The line, harmless already, cut to so many columns; with its end.
std::string cut(std::string line, std::size_t columns) {
  line.pop_back();
  while (display_width(line) > columns) {
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
    if (!line.empty()) line.pop_back();
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

void Workspace::say(const std::string& line, const report::Json& object) {
  if (json())
    output_.object(object);
  else
    output_.line(escape_for_terminal(line));
}

void Workspace::table(const std::string& type, const std::vector<report::Column>& columns,
                      const std::vector<report::Row>& rows) {
  if (json()) {
    for (const auto& row : rows) {
      report::Json object{{"type", type}};
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].in.json) object[columns[i].key] = std::visit(AsJsonCell{}, row[i]);
      output_.object(object);
    }
    return;
  }
  auto fitted = columns;
  for (auto& column : fitted) column.width = std::max(column.width, display_width(column.header));
  for (const auto& row : rows) present::widen(fitted, row);
  const auto& to = run_.output();
  const auto width = to.is_terminal() ? to.size().columns : std::string::npos;
  auto header = cut(report::text_header(fitted), width);
  if (to.colours()) header = "\x1b[1m" + header.substr(0, header.size() - 1) + "\x1b[0m\n";
  std::string text = header;
  for (const auto& row : rows) text += cut(report::text_row(fitted, row), width);
  text.pop_back();
  output_.line(text);
}

}  // namespace sonda::shell
