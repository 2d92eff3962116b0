#include "present/record_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "read/place.h"
#include "read/show.h"
#include "sonda/error.h"
#include "source/show_kinds.h"

namespace sonda::present {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// Columns of the terminal that such values take most of the time.
std::size_t usual_width(const Type& type, const std::optional<Show>& as) {
  if (as) return kind_of(*as).width;
  constexpr std::size_t comm = 16, long_number = 10, number = 7;
  if (type.kind == Kind::array) return std::min<std::size_t>(type.count, comm);
  if (is_plain_integer(type)) return type.size == 8 ? long_number : number;
  return number;
}

bool is_right(const Type& type, const std::optional<Show>& as) {
  if (as) return kind_of(*as).factor != 0;
  return is_plain_integer(type) || type.kind == Kind::floating;
}

/// A member without a name has no column of its own; the whole record does then.
bool has_plain_fields(const Type& type) {
  return type.kind == Kind::structure &&
         std::ranges::none_of(type.fields, [](const Field& field) { return field.name.empty(); });
}

/// The names by which `@show` can speak of what is in the schema.
void append_fields(std::vector<std::string>& names, const Schema& schema, std::string_view part) {
  if (schema.empty()) return;
  if (!has_plain_fields(schema.types.front())) {
    names.emplace_back(part);
    return;
  }
  for (const auto& field : schema.types.front().fields)
    if (std::ranges::find(names, field.name) == names.end()) names.push_back(field.name);
}

/// What the columns of a record are made from.
struct ColumnMaker {
  const Schema& schema;
  const std::string &map, &part;
  const ProbeSource& source;
  const LoadedImage& loaded;

  const Map* stack_map(const ShowOption* option) const {
    if (option != nullptr && !option->stacks.empty()) return &loaded.map(option->stacks);
    if (const auto* only = only_stack_map(loaded)) return only;
    if (option == nullptr) return nullptr;
    throw Error(Stage::source, to_string(option->at), "which map holds the stacks is not clear",
                "say it: as stack(MAP)");
  }

  // A field called stack_id is one if there is a map of stacks, said or not.
  RecordColumn column(const std::string& name, const Type& type, std::uint32_t index) const {
    RecordColumn result{.name = name, .as = {}, .stacks = nullptr, .column = {}};
    const auto& shown_name = name.empty() ? part : name;
    const auto& options = source.show_options();
    const auto option = std::ranges::find_if(
        options, [&](const ShowOption& one) { return one.field == shown_name && (one.map.empty() || one.map == map); });
    if (option != options.end()) {
      result.as = option->as;
      require_showable(option->as, schema, index, map + "." + shown_name);
      if (option->as == Show::stack) result.stacks = stack_map(&*option);
    } else if (is_plain_integer(type) && shown_name.find("stack") != shown_name.npos) {
      result.stacks = stack_map(nullptr);
      if (result.stacks != nullptr) result.as = Show::stack;
    }
    result.column = {.header = upper(shown_name),
                     .key = shown_name,
                     .width = std::max(shown_name.size(), usual_width(type, result.as)),
                     .align = is_right(type, result.as) ? report::Align::right : report::Align::left,
                     .unit = std::string(result.as ? kind_of(*result.as).unit : "")};
    return result;
  }
};

}  // namespace

std::vector<RecordColumn> record_columns(const Schema& schema, const std::string& map, const std::string& part,
                                         const ProbeSource& source, const LoadedImage& loaded) {
  if (schema.empty()) return {};
  const ColumnMaker maker{schema, map, part, source, loaded};
  const auto& type = schema.types.front();
  std::vector<RecordColumn> columns;
  if (!has_plain_fields(type))
    columns.push_back(maker.column("", type, 0));
  else
    for (const auto& field : type.fields)
      columns.push_back(maker.column(field.name, schema.types.at(field.type), field.type));
  return columns;
}

void require_shown_fields(const ProbeSource& source, const LoadedImage& loaded) {
  for (const auto& option : source.show_options()) {
    std::vector<std::string> names;
    for (const auto& map : loaded.maps()) {
      if (!option.map.empty() && option.map != map->spec().name) continue;
      append_fields(names, map->spec().key, "key");
      append_fields(names, map->spec().value, "value");
      append_fields(names, map->spec().event, "event");
    }
    if (std::ranges::find(names, option.field) != names.end()) continue;
    if (names.empty())
      throw Error(Stage::source, to_string(option.at), fmt::format("@show: there is no map '{}'", option.map));
    throw Error(Stage::source, to_string(option.at), fmt::format("@show: there is no field '{}'", option.field),
                did_you_mean(option.field, names, "there are: " + join(names, ", ")));
  }
}

bool is_number(const Schema& schema) { return !schema.empty() && is_plain_integer(schema.types.front()); }

const Map* only_stack_map(const LoadedImage& loaded) {
  const Map* found = nullptr;
  for (const auto& map : loaded.maps()) {
    if (map->spec().type != BPF_MAP_TYPE_STACK_TRACE) continue;
    if (found != nullptr) return nullptr;
    found = map.get();
  }
  return found;
}

}  // namespace sonda::present
