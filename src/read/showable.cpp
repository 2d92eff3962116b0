// Which values can be shown as what.
#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "read/place.h"
#include "read/show.h"
#include "sonda/error.h"
#include "source/show_kinds.h"

namespace sonda {
namespace {

bool is_integer(const Type& type) {
  return type.kind == Kind::unsigned_integer || type.kind == Kind::signed_integer || type.kind == Kind::pointer ||
         type.kind == Kind::enumeration;
}

// Bytes without a number's meaning, or with another: an array, a struct, a wide integer.
bool is_block(const Type& type, const Type* element) {
  if (type.kind == Kind::array) return element && element->kind != Kind::floating;
  return type.kind == Kind::bytes || type.kind == Kind::structure || type.kind == Kind::union_;
}

bool is_octets(const Type& type, const Type* element) {
  return type.kind == Kind::bytes || (type.kind == Kind::array && element && element->size == 1);
}

const Type* element_of(const Schema& schema, const Type& type) {
  return type.kind == Kind::array && type.element < schema.types.size() ? &schema.types[type.element] : nullptr;
}

// The type of field `name`; one of an anonymous struct counts as its parent's.
std::optional<std::uint32_t> field_type(const Schema& schema, std::uint32_t type, std::string_view name) {
  if (type >= schema.types.size()) return std::nullopt;
  for (const auto& field : schema.types[type].fields) {
    if (!name.empty() && field.name == name) return field.type;
    if (!is_transparent(schema, field)) continue;
    if (const auto inner = field_type(schema, field.type, name)) return inner;
  }
  return std::nullopt;
}

}  // namespace

bool is_showable(Show as, const Type& type, const Type* element) {
  switch (as) {
    case Show::ipv4:
      return type.size == 4 && (is_integer(type) || is_block(type, element));
    case Show::ipv6:
      return type.size == 16 && is_block(type, element);
    case Show::port:
      return type.size >= 2 && (is_integer(type) || (type.size == 2 && is_octets(type, element)));
    case Show::hex:
      return is_integer(type) || is_octets(type, element);
    case Show::stack:
    case Show::comm:
      return type.size >= 4 && is_integer(type) && type.kind != Kind::pointer;
    case Show::time:
    case Show::ksym:
    case Show::usym:
      return type.size == 8 && is_integer(type);
    default:
      return is_integer(type) && type.kind != Kind::pointer;
  }
}

void refuse_showable(Show as, const Type& type, std::string_view where) {
  const auto& kind = kind_of(as);
  throw Error(Stage::read, std::string(where), fmt::format("a {} cannot be shown as {}", title(type), kind.word),
              fmt::format("{} is for {}", kind.word, kind.takes));
}

void require_showable(Show as, const Schema& schema, std::uint32_t index, std::string_view where) {
  if (index >= schema.types.size()) throw Error(Stage::read, std::string(where), "the image has no description of it");
  const auto& type = schema.types[index];
  const auto* element = element_of(schema, type);
  if (is_showable(as, type, element)) return;
  if (element && is_showable(as, *element, element_of(schema, *element))) return;
  refuse_showable(as, type, where);
}

bool require_showable(const ShowOption& option, const Schema& schema, std::string_view map) {
  std::uint32_t type = 0;
  for (const auto name : split(option.field, '.')) {
    const auto inner = field_type(schema, type, name);
    if (!inner) return false;
    type = *inner;
  }
  require_showable(option.as, schema, type, fmt::format("{}.{}", map, option.field));
  return true;
}

}  // namespace sonda
