// Plain schemas, and schemas as C text.
#include "sonda/schema.h"

#include <fmt/format.h>

#include "image/spell.h"

namespace sonda {
namespace {

constexpr std::pair<Kind, std::string_view> words[] = {{Kind::structure, "struct"}, {Kind::union_, "union"},
                                                       {Kind::enumeration, "enum"}, {Kind::pointer, "void *"},
                                                       {Kind::boolean, "bool"},     {Kind::character, "char"}};

std::string named_kind(const Type& type) {
  if (!type.name.empty()) return type.name;
  for (const auto& [kind, spelled] : words)
    if (kind == type.kind) return std::string(spelled);
  if (type.kind == Kind::floating) return type.size == sizeof(float) ? "float" : "double";
  if (type.kind == Kind::unsigned_integer) return fmt::format("u{}", type.size * 8);
  if (type.kind == Kind::signed_integer) return fmt::format("s{}", type.size * 8);
  return fmt::format("bytes[{}]", type.size);
}

/// What an array without a name is of, and "[2][3]".
std::pair<const Type*, std::string> without_bounds(const Schema& schema, std::uint32_t type) {
  const auto* inner = &schema.types[type];
  std::string bounds;
  for (; inner->kind == Kind::array && inner->name.empty(); inner = &schema.types[inner->element])
    bounds += fmt::format("[{}]", inner->count);
  return {inner, bounds};
}

bool has_fields(const Type& type) { return type.kind == Kind::structure || type.kind == Kind::union_; }

// A declaration for a message ends after about this many characters.
constexpr std::size_t enough_text = 8192;

std::string braces(const Schema& schema, const Type& type) {
  std::string text = "{ ";
  for (const auto& field : type.fields) {
    if (text.size() > enough_text) return text + "... }";
    text += spell(schema, field.type, field.name);
    if (field.bit_size != 0) text += fmt::format(" : {}", field.bit_size);
    text += "; ";
  }
  return text + "}";
}

}  // namespace

Schema plain_integer(std::uint32_t size, std::string name) {
  if (size != 1 && size != 2 && size != 4 && size != 8) return plain_bytes(size);
  return {{{.kind = Kind::unsigned_integer, .name = std::move(name), .size = size}}};
}

Schema plain_bytes(std::uint32_t size) {
  if (size == 0) return {};
  return {{{.kind = Kind::bytes, .size = size}}};
}

Schema part_of(const Schema& schema, std::uint32_t type) {
  auto result = schema;
  std::swap(result.types.front(), result.types.at(type));
  for (auto& one : result.types) {
    const auto moved = [&](std::uint32_t& to) { to = to == 0 ? type : to == type ? 0 : to; };
    if (one.kind == Kind::array) moved(one.element);
    for (auto& field : one.fields) moved(field.type);
  }
  return result;
}

std::string spell(const Schema& schema, std::uint32_t type) {
  const auto [inner, bounds] = without_bounds(schema, type);
  return named_kind(*inner) + bounds;
}

std::string spell(const Schema& schema, std::uint32_t type, std::string_view declared) {
  const auto [inner, bounds] = without_bounds(schema, type);
  auto text = named_kind(*inner);
  if (has_fields(*inner) && inner->name.empty()) text += " " + braces(schema, *inner);
  if (!declared.empty() && !text.ends_with('*')) text += ' ';
  return text.append(declared) + bounds;
}

bool is_number(Kind kind) noexcept {
  return kind == Kind::unsigned_integer || kind == Kind::signed_integer || kind == Kind::boolean ||
         kind == Kind::character || kind == Kind::pointer || kind == Kind::enumeration;
}

bool is_signed(const Type& type) noexcept {
  return type.kind == Kind::signed_integer || (type.kind == Kind::enumeration && type.is_signed);
}

std::string describe(const Schema& schema) {
  if (schema.empty()) return "nothing";
  const auto& root = schema.types.front();
  return has_fields(root) ? named_kind(root) + " " + braces(schema, root) : spell(schema, 0);
}

}  // namespace sonda
