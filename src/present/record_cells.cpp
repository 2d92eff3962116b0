#include "present/record_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/text.h"
#include "present/json_text.h"
#include "read/cpu_sum.h"
#include "read/stacks.h"
#include "read/types.h"
#include "sonda/error.h"

namespace sonda::present {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// Columns of the terminal that such values take most of the time.
std::size_t usual_width(const Type& type, const std::optional<Show>& as) {
  if (as) {
    constexpr std::array<std::size_t, 11> widths{40, 32, 32, 15, 25, 6, 15, 10, 10, 18, 16};  // as in enum Show
    return widths[static_cast<std::size_t>(*as)];
  }
  constexpr std::size_t comm = 16, long_number = 10, number = 7;
  if (type.kind == Kind::array) return std::min<std::size_t>(type.count, comm);
  if (is_plain_integer(type)) return type.size == 8 ? long_number : number;
  return number;
}

bool is_right(const Type& type, const std::optional<Show>& as) {
  if (as) return *as == Show::duration || *as == Show::bytes;
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
                     .align = is_right(type, result.as) ? report::Align::right : report::Align::left};
    return result;
  }
};

struct AsCell {
  report::Cell operator()(std::uint64_t number) const { return number; }
  report::Cell operator()(std::int64_t number) const { return number; }
  report::Cell operator()(bool value) const { return value; }
  report::Cell operator()(double number) const { return number; }
  report::Cell operator()(const std::string& text) const { return text; }
  report::Cell operator()(const Named& item) const {
    return item.name.empty() ? report::Cell(item.number) : report::Cell(item.name);
  }
  report::Cell operator()(const List& list) const { return to_text(Value(list)); }
  report::Cell operator()(const sonda::Fields& fields) const { return to_text(Value(fields)); }
};

struct AsPlainCell : AsCell {
  using AsCell::operator();
  report::Cell operator()(const Named& item) const { return item.number; }
};

}  // namespace

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

const Map* only_stack_map(const LoadedImage& loaded) {
  const Map* found = nullptr;
  for (const auto& map : loaded.maps()) {
    if (map->spec().type != BPF_MAP_TYPE_STACK_TRACE) continue;
    if (found != nullptr) return nullptr;
    found = map.get();
  }
  return found;
}

RecordCells::RecordCells(const Schema& schema, const std::string& map, const std::string& part,
                         const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources)
    : resources_(resources) {
  if (schema.empty()) return;
  const ColumnMaker maker{schema, map, part, source, loaded};
  const auto& type = schema.types.front();
  if (!has_plain_fields(type)) {
    shows_otherwise_ = type.kind == Kind::enumeration;
    add(maker.column("", type, 0));
    return;
  }
  for (const auto& field : type.fields) {
    shows_otherwise_ = shows_otherwise_ || schema.types.at(field.type).kind == Kind::enumeration;
    add(maker.column(field.name, schema.types.at(field.type), field.type));
  }
}

void RecordCells::add(RecordColumn column) {
  auto& name = json_names_.emplace_back();
  if (!column.name.empty()) name = fmt::format("\"{}\":", column.name);  // a name of C needs no escape
  shows_otherwise_ = shows_otherwise_ || column.as.has_value();
  needs_pid_ = needs_pid_ || column.as == Show::stack || column.as == Show::usym;
  columns_.push_back(std::move(column));
}

std::optional<pid_t> RecordCells::pid_of(const RecordView& record, std::optional<pid_t> otherwise) const {
  const auto own = needs_pid_ ? pid_beside(record) : std::nullopt;
  return own ? own : otherwise;
}

std::optional<RecordView> RecordCells::field(std::size_t column, const RecordView& record) const {
  const auto& name = columns_[column].name;
  if (name.empty()) return record;
  if (record.type().fields.size() == columns_.size()) return record.field(column);
  return record.find(name);
}

report::Cell RecordCells::cell(std::size_t column, const RecordView& record, const ShowBeside& beside) const {
  const auto found = field(column, record);
  if (!found) return {};
  const auto& as = columns_[column].as;
  // A sum of more than 64 bits is a text, whatever its parts are shown as.
  if (!as || is_decimal(found->type())) return std::visit(AsCell{}, found->value().storage());
  return show(*as, *found, {beside.pid, columns_[column].stacks}, resources_);
}

void RecordCells::append(report::Row& row, const RecordView& record, std::optional<pid_t> pid) const {
  pid = pid_of(record, pid);
  for (std::size_t i = 0; i < columns_.size(); ++i) row.push_back(cell(i, record, {pid, nullptr}));
}

void RecordCells::append_plain(report::Row& row, const RecordView& record) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto found = field(i, record);
    row.push_back(found ? std::visit(AsPlainCell{}, found->value().storage()) : report::Cell());
  }
}

void RecordCells::append_but_stacks(report::Row& row, const RecordView& record) const {
  const auto pid = pid_of(record, {});
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].as != Show::stack) row.push_back(cell(i, record, {pid, nullptr}));
}

void RecordCells::append_stacks(std::vector<std::string>& lines, const RecordView& record,
                                std::optional<pid_t> pid) const {
  pid = pid_of(record, pid);
  bool first = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto found = columns_[i].as == Show::stack ? field(i, record) : std::nullopt;
    if (!found) continue;
    const auto id = stack_id(*found);
    const auto frames = show_stack(id, {pid, columns_[i].stacks}, resources_);
    if (id == -EFAULT) continue;  // no stack of this kind
    if (!first) lines.emplace_back("    --");
    for (const auto& frame : frames) lines.push_back("    " + frame.text);
    first = false;
  }
}

Json RecordCells::json(const RecordView& record, std::optional<pid_t> pid) const {
  auto json = to_json(record.value());
  pid = pid_of(record, pid);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].as) continue;
    const auto shown = cell(i, record, {pid, nullptr});
    if (std::holds_alternative<std::monostate>(shown)) continue;
    const auto text = to_valid_utf8(std::get<std::string>(shown));
    if (columns_[i].name.empty())
      json = text;
    else
      json[columns_[i].name] = text;
  }
  return json;
}

bool RecordCells::append_json(std::string& line, const RecordView& record, std::optional<pid_t> pid) const {
  const bool whole = columns_.size() == 1 && columns_[0].name.empty();
  if (columns_.empty() || (!whole && record.type().fields.size() != columns_.size())) return false;
  pid = pid_of(record, pid);
  if (!whole) line += '{';
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i != 0) line += ',';
    line += json_names_[i];
    const auto shown = field(i, record);
    const bool as_text = columns_[i].as && !is_decimal(shown->type());
    const bool written =
        as_text ? present::append_json(line, show(*columns_[i].as, *shown, {pid, columns_[i].stacks}, resources_))
                : present::append_json(line, shown->value());
    if (!written) return false;
  }
  if (!whole) line += '}';
  return true;
}

TypedAs typed_as(const RecordCells& cells, ShowResources& resources) {
  std::vector<std::pair<std::string, std::optional<Show>>> shown;
  for (const auto& column : cells.columns()) shown.emplace_back(column.name, column.as);
  return {[shown = std::move(shown)](std::string_view field) {
            const auto found = std::ranges::find_if(shown, [&](const auto& one) { return one.first == field; });
            return found == shown.end() ? std::nullopt : found->second;
          },
          &resources};
}

}  // namespace sonda::present
