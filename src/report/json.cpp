// JSON lines.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/format.h"

namespace sonda::report {
namespace {

using Json = nlohmann::ordered_json;

struct AsJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::string& text) const { return to_valid_utf8(text); }
  template <class Plain>
  Json operator()(Plain value) const {
    return value;
  }
};

// JSON escapes the C0 controls only. DEL, the C1 controls and bidirectional overrides would reach the terminal as they
// are; a line that has one is written in ASCII instead. Backslashes are JSON's own here, so they are left out of
// account.
bool harmless(const std::string& line) {
  if (std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7f; })) return true;
  std::string bare = line;
  std::erase(bare, '\\');
  return escape_for_terminal(bare) == bare;
}

std::string to_line(const Json& object) {
  auto line = object.dump();
  if (!harmless(line)) line = object.dump(-1, ' ', true);
  return line += '\n';
}

}  // namespace

std::string json_row(std::span<const Column> columns, std::span<const Cell> cells) {
  auto object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].in.json) object[columns[i].key] = std::visit(AsJson{}, cells[i]);
  return to_line(object);
}

std::string json_object(const Fields& fields) {
  auto object = Json::object();
  for (const auto& [name, cell] : fields) object[name] = std::visit(AsJson{}, cell);
  return to_line(object);
}

}  // namespace sonda::report
