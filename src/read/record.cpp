// RecordView: what is asked for of a record, decoded in place; and where its values lie.
#include "sonda/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "read/place.h"
#include "sonda/error.h"

namespace sonda {
namespace {

[[noreturn]] void throw_beyond(const Type& outer, std::string_view inner) {
  throw Error(Stage::read, title(outer), fmt::format("its description is inconsistent: {} lies beyond its end", inner));
}

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

std::uint64_t load_bits(std::span<const std::byte> bytes, std::uint32_t offset, std::uint32_t count) {
  std::uint64_t result = 0;
  for (std::uint32_t got = 0; got < count;) {
    const std::uint32_t bit = offset + got, in_byte = bit % 8, take = std::min(8 - in_byte, count - got);
    const auto part = (std::to_integer<std::uint64_t>(bytes[bit / 8]) >> in_byte) & ((1U << take) - 1);
    result |= part << got;
    got += take;
  }
  return result;
}

std::uint64_t sign_extend(std::uint64_t value, std::uint32_t bits) {
  if (bits == 0 || bits >= 64) return value;
  const std::uint64_t sign = 1ULL << (bits - 1);
  return (value ^ sign) - sign;
}

const Type& ValuePlace::type() const {
  if (type_index >= schema->types.size())
    throw Error(Stage::read, "record", "its description is inconsistent: it names a type that is not there");
  return schema->types[type_index];
}

std::string title(const Type& type) { return type.name.empty() ? "record" : type.name; }

ValuePlace field_place(const ValuePlace& parent, const Field& field) {
  ValuePlace place{parent.bytes, parent.schema, field.type, 0, 0};
  if (field.bit_size != 0) {
    if (field.bit_size > 64 || std::uint64_t{field.bit_offset} + field.bit_size > parent.bytes.size() * 8)
      throw_beyond(parent.type(), field.name);
    place.bit_offset = field.bit_offset;
    place.bit_size = field.bit_size;
    return place;
  }
  const std::size_t offset = field.bit_offset / 8, size = place.type().size;
  if (offset > parent.bytes.size() || size > parent.bytes.size() - offset) throw_beyond(parent.type(), field.name);
  place.bytes = parent.bytes.subspan(offset, size);
  return place;
}

ValuePlace element_place(const ValuePlace& array, std::size_t index) {
  const Type& type = array.type();
  if (type.kind != Kind::array) throw Error(Stage::read, title(type), "is not an array");
  if (index >= type.count)
    throw Error(Stage::read, title(type), fmt::format("element {} is beyond the end ({} elements)", index, type.count));
  ValuePlace place{array.bytes, array.schema, type.element, 0, 0};
  const std::size_t size = place.type().size;
  if (size != 0 && index >= array.bytes.size() / size) throw_beyond(type, fmt::format("element {}", index));
  place.bytes = array.bytes.subspan(index * size, size);
  return place;
}

bool is_transparent(const Schema& schema, const Field& field) {
  if (!field.name.empty() || field.bit_size != 0 || field.type >= schema.types.size()) return false;
  const Kind kind = schema.types[field.type].kind;
  return kind == Kind::structure || kind == Kind::union_;
}

bool is_plain_integer(const Type& type) {
  return type.kind == Kind::unsigned_integer || type.kind == Kind::signed_integer;
}

bool is_text(const Schema& schema, const Type& type) {
  return type.kind == Kind::array && type.element < schema.types.size() &&
         schema.types[type.element].kind == Kind::character;
}

std::string load_text(const ValuePlace& place) {
  const auto end = std::find(place.bytes.begin(), place.bytes.end(), std::byte{0});
  return std::string(as_text({place.bytes.begin(), end}));
}

std::optional<std::uint64_t> load_number(const ValuePlace& place) {
  const Type& type = place.type();
  if (!is_number(type.kind)) return std::nullopt;
  const std::size_t bits = place.bit_size != 0 ? place.bit_size : place.bytes.size() * 8;
  if (bits > 64) return std::nullopt;
  const auto count = static_cast<std::uint32_t>(bits);
  const auto raw = load_bits(place.bytes, place.bit_offset, count);
  return is_signed(type) || type.kind == Kind::character ? sign_extend(raw, count) : raw;
}

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
