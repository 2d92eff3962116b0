// RecordView: what is asked for of a record, decoded in place.
#include "sonda/record.h"

#include <fmt/format.h>

#include "base/text.h"
#include "read/place.h"
#include "sonda/error.h"

namespace sonda {
namespace {

std::optional<ValuePlace> find_field(const ValuePlace& parent, std::string_view name) {
  for (const auto& field : parent.type().fields) {
    if (field.name == name && !name.empty()) return field_place(parent, field);
    if (!is_transparent(*parent.schema, field)) continue;
    if (auto found = find_field(field_place(parent, field), name)) return found;
  }
  return std::nullopt;
}

void list_fields(const Schema& schema, const Type& type, std::vector<std::string>& names) {
  for (const auto& field : type.fields) {
    if (is_transparent(schema, field))
      list_fields(schema, schema.types[field.type], names);
    else if (!field.name.empty())
      names.push_back(field.name);
  }
}

[[noreturn]] void throw_no_field(const ValuePlace& parent, std::string_view name) {
  const Type& type = parent.type();
  if (type.kind != Kind::structure && type.kind != Kind::union_)
    throw Error(Stage::read, title(type), fmt::format("has no field '{}': it is not a struct", name));
  std::vector<std::string> names;
  list_fields(*parent.schema, type, names);
  throw Error(Stage::read, title(type), fmt::format("has no field '{}'", name),
              fmt::format("its fields are: {}", join(names, ", ")));
}

}  // namespace

RecordView::RecordView(std::span<const std::byte> bytes, const Schema& schema) : schema_(&schema) {
  if (schema.empty()) throw Error(Stage::read, "record", "the image has no description of it");
  if (bytes.size() < schema.size())
    throw Error(Stage::read, title(schema.types.front()),
                fmt::format("needs {} bytes, but there are {}", schema.size(), bytes.size()));
  bytes_ = bytes.first(schema.size());
}

RecordView RecordView::operator[](std::string_view field) const {
  const ValuePlace parent{bytes_, schema_, type_, bit_offset_, bit_size_};
  const auto place = find_field(parent, field);
  if (!place) throw_no_field(parent, field);
  return {place->bytes, *schema_, place->type_index, place->bit_offset, place->bit_size};
}

std::optional<RecordView> RecordView::find(std::string_view field) const {
  const auto place = find_field({bytes_, schema_, type_, bit_offset_, bit_size_}, field);
  if (!place) return std::nullopt;
  return RecordView(place->bytes, *schema_, place->type_index, place->bit_offset, place->bit_size);
}

RecordView RecordView::field(std::size_t index) const {
  const ValuePlace parent{bytes_, schema_, type_, bit_offset_, bit_size_};
  const auto& fields = parent.type().fields;
  if (index >= fields.size()) throw Error(Stage::read, title(parent.type()), fmt::format("has no field {}", index));
  const auto place = field_place(parent, fields[index]);
  return {place.bytes, *schema_, place.type_index, place.bit_offset, place.bit_size};
}

RecordView RecordView::operator[](std::size_t index) const {
  const auto place = element_place({bytes_, schema_, type_, bit_offset_, bit_size_}, index);
  return {place.bytes, *schema_, place.type_index, 0, 0};
}

std::uint64_t RecordView::u64() const {
  const auto number = load_number({bytes_, schema_, type_, bit_offset_, bit_size_});
  if (!number) throw Error(Stage::read, title(type()), "is not a number of at most 64 bits");
  return *number;
}

std::int64_t RecordView::i64() const { return static_cast<std::int64_t>(u64()); }

std::string RecordView::text() const {
  if (!is_text(*schema_, type())) throw Error(Stage::read, title(type()), "is not text (an array of char)");
  return load_text({bytes_, schema_, type_, 0, 0});
}

}  // namespace sonda
