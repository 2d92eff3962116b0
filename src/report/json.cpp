// JSON lines.
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/format.h"
#include "report/json_line.h"

namespace sonda::report {
namespace {

struct AsJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::string& text) const { return to_valid_utf8(text); }
  template <class Plain>
  Json operator()(Plain value) const {
    return value;
  }
};

}  // namespace

std::string json_row(std::span<const Column> columns, std::span<const Cell> cells) {
  auto object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].in.json) object[columns[i].key] = std::visit(AsJson{}, cells[i]);
  return json_line(object);
}

std::string json_object(const Fields& fields) {
  auto object = Json::object();
  for (const auto& [name, cell] : fields) object[name] = std::visit(AsJson{}, cell);
  return json_line(object);
}

}  // namespace sonda::report
