#include "cli/list/print.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/json_line.h"

namespace sonda::cli {
namespace {

using report::Json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(to_valid_utf8(text)); }

Json json_of(const PointArgument& argument) {
  Json json{{"name", to_valid_utf8(argument.name)}, {"type", to_valid_utf8(argument.type)}};
  if (argument.offset) json["offset"] = *argument.offset;
  if (argument.size) json["size"] = *argument.size;
  if (argument.is_signed) json["signed"] = *argument.is_signed;
  return json;
}

}  // namespace

std::string point_text(const PointHere& point, bool with_arguments) {
  auto text = escape_for_terminal(point.point) + '\n';
  if (!with_arguments || !point.prototype) return text;
  const auto indented = [&](const std::string& line) { text += fmt::format("    {}\n", escape_for_terminal(line)); };
  // A prototype has its arguments in it.
  if (!point.prototype->declaration.empty())
    indented(point.prototype->declaration);
  else
    for (const auto& argument : point.prototype->arguments) indented(argument.declaration);
  return text;
}

std::string point_json(std::string_view kind, const PointHere& point) {
  const auto prototype = point.prototype.value_or(Prototype());
  Json arguments = Json::array();
  for (const auto& argument : prototype.arguments) arguments.push_back(json_of(argument));
  return report::json_line(Json{{"type", "point"},
                                {"kind", std::string(kind)},
                                {"point", to_valid_utf8(point.point)},
                                {"declaration", text_or_null(prototype.declaration)},
                                {"returns", text_or_null(prototype.returns)},
                                {"arguments", std::move(arguments)}});
}

std::string kind_json(const KindHere& here) {
  return report::json_line(Json{{"type", "kind"},
                                {"kind", std::string(here.kind->name)},
                                {"form", std::string(here.kind->form)},
                                {"when", std::string(here.kind->when)},
                                {"points", or_null(here.points)},
                                {"example", to_valid_utf8(here.example)},
                                {"missing", text_or_null(here.missing)}});
}

}  // namespace sonda::cli
