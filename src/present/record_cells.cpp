#include "present/record_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "base/escape.h"
#include "image/spell.h"
#include "read/cpu_sum.h"
#include "read/place.h"
#include "read/stacks.h"
#include "report/json_line.h"
#include "source/show_kinds.h"

namespace sonda::present {
namespace {

/// What a column's value may be given to: a function for each form that it has.
struct IntoRow {
  report::RowWriter& row;
  void nothing() const { row.nothing(); }
  void number(std::uint64_t number) const { row.number(number); }
  void number(std::int64_t number) const { row.number(number); }
  void truth(bool value) const { row.truth(value); }
  void name(std::int64_t, std::string_view name) const { row.text(name); }
  void text(std::string_view text) const { row.text(text); }
  void other(const Value& value) const { row.cell(cell_of(value)); }

  static report::Cell cell_of(const Value& value) {
    if (const auto* number = std::get_if<double>(&value.storage())) return *number;
    if (const auto* text = std::get_if<std::string>(&value.storage())) return *text;
    return to_text(value);
  }
};

struct IntoCells {
  report::Row& row;
  void nothing() const { row.emplace_back(); }
  void number(std::uint64_t number) const { row.emplace_back(number); }
  void number(std::int64_t number) const { row.emplace_back(number); }
  void truth(bool value) const { row.emplace_back(value); }
  void name(std::int64_t, std::string_view name) const { text(name); }
  void text(std::string_view text) const { row.emplace_back(std::string(text)); }
  void other(const Value& value) const { row.push_back(IntoRow::cell_of(value)); }
};

struct IntoPlainCells : IntoCells {
  void name(std::int64_t value, std::string_view) const { number(value); }
};

struct IntoJson {
  std::string& line;
  void nothing() const { line += "null"; }
  void number(std::uint64_t number) const { digits(fmt::format_int(number)); }
  void number(std::int64_t number) const { digits(fmt::format_int(number)); }
  void truth(bool value) const { line += value ? "true" : "false"; }
  void name(std::int64_t, std::string_view name) const { report::append_json(line, name); }
  void text(std::string_view text) const { report::append_json(line, text); }
  void other(const Value& value) const { report::append_json(line, value); }
  void stack(const std::vector<ShownFrame>& frames) const {
    line += '[';
    for (const auto& frame : frames) {
      if (&frame != frames.data()) line += ',';
      line += R"({"symbol":)";
      report::append_json(line, frame.name);
      line += fmt::format(R"(,"offset":{},"module":)", frame.offset);
      frame.module.empty() ? nothing() : report::append_json(line, frame.module);
      line += '}';
    }
    line += ']';
  }

 private:
  void digits(const fmt::format_int& number) const { line.append(number.data(), number.size()); }
};

/// Columns of the terminal that the cell takes in a text table.
struct IntoWidth {
  std::size_t& width;
  void nothing() const { widen(1); }
  void number(std::uint64_t number) const { widen(fmt::format_int(number).size()); }
  void number(std::int64_t number) const { widen(fmt::format_int(number).size()); }
  void truth(bool value) const { widen(value ? 3 : 2); }
  void name(std::int64_t, std::string_view name) const { text(name); }
  void text(std::string_view text) const { widen(escaped_width(text)); }
  void other(const Value& value) const {
    const auto cell = IntoRow::cell_of(value);
    if (const auto* number = std::get_if<double>(&cell))
      widen(fmt::formatted_size("{}", *number));
    else
      text(std::get<std::string>(cell));
  }

 private:
  void widen(std::size_t taken) const { width = std::max(width, taken); }
};

constexpr std::uint64_t sign = 1ULL << 63;
constexpr std::int64_t no_stack = -EFAULT;  // of this kind: the kernel's, or the process's

struct IntoRank {
  std::uint64_t& rank;
  void nothing() const { rank = 0; }
  void number(std::uint64_t number) const { rank = number; }
  void number(std::int64_t number) const { rank = static_cast<std::uint64_t>(number) ^ sign; }
  void truth(bool value) const { rank = value ? 1 : 0; }
  void name(std::int64_t value, std::string_view) const { number(value); }
  void text(std::string_view text) const {
    rank = 0;
    for (std::size_t i = 0; i < sizeof rank; ++i)
      rank = rank << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  }
  void other(const Value& value) const {
    const auto* number = std::get_if<double>(&value.storage());
    const auto bits = number != nullptr ? std::bit_cast<std::uint64_t>(*number) : 0;
    rank = number == nullptr ? 0 : (bits & sign) != 0 ? ~bits : bits | sign;
  }
};

template <class Sink>
void give(const Value& value, Sink sink) {
  if (const auto* count = std::get_if<std::uint64_t>(&value.storage())) return sink.number(*count);
  if (const auto* number = std::get_if<std::int64_t>(&value.storage())) return sink.number(*number);
  if (const auto* text = std::get_if<std::string>(&value.storage())) return sink.text(*text);
  sink.other(value);
}

}  // namespace

RecordCells::RecordCells(const Schema& schema, const std::string& map, const std::string& part,
                         const ProbeSource& source, const LoadedImage& loaded, ShowResources& resources)
    : schema_(&schema), resources_(resources), columns_(record_columns(schema, map, part, source, loaded)) {
  for (const auto& column : columns_) {
    // A name of C needs no escape.
    json_names_.push_back(column.name.empty() ? std::string() : fmt::format("\"{}\":", column.name));
    needs_pid_ = needs_pid_ || column.as == Show::stack || column.as == Show::usym;
  }
  find_fields();
}

RecordCells::RecordCells(const RecordCells& like, const Schema& schema)
    : schema_(&schema),
      resources_(like.resources_),
      columns_(like.columns_),
      json_names_(like.json_names_),
      needs_pid_(like.needs_pid_) {
  find_fields();
}

void RecordCells::find_fields() {
  for (const auto& column : columns_) {
    auto& place = places_.emplace_back(where(column.name));
    // A sum of more than 64 bits is a text, whatever its parts are shown as.
    place.is_shown = column.as && place.form != Form::missing && !is_decimal(schema_->types.at(place.type));
  }
}

RecordCells::Where RecordCells::where(const std::string& name) const {
  if (schema_->empty()) return {};
  Where place;
  if (!name.empty()) {
    const auto& fields = schema_->types.front().fields;
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) return {};
    place.field = static_cast<std::uint32_t>(found - fields.begin());
    place.type = found->type;
    place.bit_size = found->bit_size;
    if (found->bit_size != 0)
      place.bit_offset = found->bit_offset;
    else
      place.offset = found->bit_offset / 8;
  }
  const auto& type = schema_->types.at(place.type);
  place.size = place.bit_size != 0 ? schema_->size() : type.size;
  if (std::uint64_t{place.offset} + place.size > schema_->size()) return {};
  place.form = is_text(*schema_, type) ? Form::text : form_of(type);
  return place;
}

RecordCells::Form RecordCells::form_of(const Type& type) {
  if (type.kind == Kind::boolean) return Form::truth;
  if (type.size > sizeof(std::uint64_t)) return Form::other;
  if (type.kind == Kind::unsigned_integer || type.kind == Kind::pointer) return Form::number;
  if (type.kind == Kind::signed_integer) return Form::integer;
  return type.kind == Kind::enumeration ? Form::name : Form::other;
}

std::optional<pid_t> RecordCells::pid_of(const RecordView& record, std::optional<pid_t> otherwise) const {
  const auto own = needs_pid_ ? pid_beside(record) : std::nullopt;
  return own ? own : otherwise;
}

RecordView RecordCells::field(std::size_t column, const RecordView& record) const {
  return columns_[column].name.empty() ? record : record.field(places_[column].field);
}

std::uint64_t RecordCells::load(const Where& place, const RecordView& record) const {
  const auto bytes = record.bytes().subspan(place.offset, place.size);
  return load_number({bytes, schema_, place.type, place.bit_offset, place.bit_size}).value_or(0);
}

template <class Sink>
void RecordCells::plain(std::size_t column, const RecordView& record, Sink sink) const {
  const auto& place = places_[column];
  switch (place.form) {
    case Form::missing:
      return sink.nothing();
    case Form::number:
      return sink.number(load(place, record));
    case Form::integer:
      return sink.number(static_cast<std::int64_t>(load(place, record)));
    case Form::truth:
      return sink.truth(load(place, record) != 0);
    case Form::name: {
      const auto number = static_cast<std::int64_t>(load(place, record));
      const auto& names = schema_->types[place.type].values;
      const auto found = std::ranges::find(names, number, &Enumerator::value);
      return found == names.end() ? sink.number(number) : sink.name(number, found->name);
    }
    case Form::text: {
      const auto* const text = reinterpret_cast<const char*>(record.bytes().data() + place.offset);
      return sink.text({text, ::strnlen(text, place.size)});
    }
    case Form::other:
      return sink.other(field(column, record).value());
  }
}

template <class Sink>
void RecordCells::shown(std::size_t column, report::Format format, const RecordView& record, std::optional<pid_t> pid,
                        Sink sink) const {
  const auto& place = places_[column];
  if (!place.is_shown) return plain(column, record, sink);
  const auto as = *columns_[column].as;
  const auto& kind = kind_of(as);
  const bool is_base = format != report::Format::text;
  if (is_base && kind.factor == 1) return plain(column, record, sink);
  if (kind.has_names || (is_base && !kind.unit.empty()))
    return give(in_base_units(as, field(column, record).value(), resources_), sink);
  const ShowBeside beside{pid, columns_[column].stacks};
  if constexpr (std::is_same_v<Sink, IntoJson>) {
    if (as == Show::stack && place.form != Form::other) {
      const auto id = stack_id(field(column, record));
      return sink.stack(id == no_stack ? std::vector<ShownFrame>() : show_stack(id, beside, resources_));
    }
  }
  sink.text(show(as, field(column, record), beside, resources_));
}

void RecordCells::print(report::RowWriter& row, const RecordView& record, std::optional<pid_t> pid,
                        Stacks stacks) const {
  pid = pid_of(record, pid);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (is_in_row(i, stacks)) shown(i, row.format(), record, pid, IntoRow{row});
}

void RecordCells::measure(std::span<std::size_t> widths, const RecordView& record, std::optional<pid_t> pid,
                          Stacks stacks) const {
  pid = pid_of(record, pid);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (is_in_row(i, stacks)) shown(i, report::Format::text, record, pid, IntoWidth{widths[i]});
}

void RecordCells::append(report::Row& row, const RecordView& record, std::optional<pid_t> pid) const {
  pid = pid_of(record, pid);
  for (std::size_t i = 0; i < columns_.size(); ++i) shown(i, report::Format::text, record, pid, IntoCells{row});
}

void RecordCells::append_plain(report::Row& row, const RecordView& record) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) plain(i, record, IntoPlainCells{{row}});
}

void RecordCells::append_json(std::string& line, std::size_t column, const RecordView& record) const {
  shown(column, report::Format::json, record, pid_of(record, {}), IntoJson{line});
}

void RecordCells::append_json(std::string& line, const RecordView& record, std::optional<pid_t> pid) const {
  const bool whole = columns_.size() == 1 && columns_[0].name.empty();
  pid = pid_of(record, pid);
  if (!whole) line += '{';
  bool first = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (places_[i].form == Form::missing) continue;
    if (!first) line += ',';
    first = false;
    line += json_names_[i];
    shown(i, report::Format::json, record, pid, IntoJson{line});
  }
  if (!whole) line += '}';
}

void RecordCells::append_schema(std::string& line) const {
  line += '[';
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i].column;
    line += fmt::format(R"({}{{"name":"{}","type":)", i == 0 ? "" : ",", column.key);
    report::append_json(line, spell(*schema_, places_[i].type));
    if (places_[i].is_shown) line += fmt::format(R"(,"as":"{}")", kind_of(*columns_[i].as).word);
    if (places_[i].is_shown && !column.unit.empty()) line += fmt::format(R"(,"unit":"{}")", column.unit);
    line += '}';
  }
  line += ']';
}

void RecordCells::append_stacks(std::vector<std::string>& lines, const RecordView& record,
                                std::optional<pid_t> pid) const {
  pid = pid_of(record, pid);
  bool first = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].as != Show::stack || places_[i].form == Form::missing) continue;
    const auto id = stack_id(field(i, record));
    const auto frames = show_stack(id, {pid, columns_[i].stacks}, resources_);
    if (id == no_stack) continue;
    if (!first) lines.emplace_back("    --");
    for (const auto& frame : frames) lines.push_back("    " + frame.text);
    first = false;
  }
}

std::uint64_t RecordCells::rank(std::size_t column, const RecordView& record) const {
  std::uint64_t rank = 0;
  plain(column, record, IntoRank{rank});
  return rank;
}

int RecordCells::compare(std::size_t column, const RecordView& a, const RecordView& b) const {
  const auto left = rank(column, a), right = rank(column, b);
  if (left != right) return left < right ? -1 : 1;
  const auto& place = places_[column];
  if (place.form == Form::text) {
    const auto* const one = reinterpret_cast<const char*>(a.bytes().data() + place.offset);
    const auto* const other = reinterpret_cast<const char*>(b.bytes().data() + place.offset);
    return std::strncmp(one, other, place.size);
  }
  if (place.form != Form::other) return 0;
  return to_text(field(column, a).value()).compare(to_text(field(column, b).value()));
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
