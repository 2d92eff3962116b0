// Which values can be shown as what.
#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "read/show.h"
#include "read/showable.h"
#include "read/types.h"
#include "sonda/error.h"

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

std::string_view wanted(Show as) {
  switch (as) {
    case Show::stack:
      return "the int that bpf_get_stackid() returns";
    case Show::ksym:
      return "an address in the kernel, u64 or a pointer";
    case Show::usym:
      return "an address in a process, u64 or a pointer";
    case Show::ipv4:
      return "4 bytes in network order: u32, u8[4], struct in_addr";
    case Show::ipv6:
      return "16 bytes in network order: u8[16], unsigned __int128, struct in6_addr";
    case Show::port:
      return "2 bytes in network order: u16";
    case Show::time:
      return "the u64 that bpf_ktime_get_ns() returns";
    case Show::duration:
      return "an integer, nanoseconds";
    case Show::bytes:
      return "an integer, a number of bytes";
    case Show::hex:
      return "an integer or an array of bytes";
    case Show::comm:
      return "a pid of 4 bytes or more";
  }
  return {};
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

std::string_view to_string(Show as) noexcept {
  switch (as) {
    case Show::stack:
      return "stack";
    case Show::ksym:
      return "ksym";
    case Show::usym:
      return "usym";
    case Show::ipv4:
      return "ipv4";
    case Show::ipv6:
      return "ipv6";
    case Show::port:
      return "port";
    case Show::time:
      return "time";
    case Show::duration:
      return "duration";
    case Show::bytes:
      return "bytes";
    case Show::hex:
      return "hex";
    case Show::comm:
      return "comm";
  }
  return "?";
}

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
    case Show::duration:
    case Show::bytes:
      return is_integer(type) && type.kind != Kind::pointer;
  }
  return false;
}

void refuse_showable(Show as, const Type& type, std::string_view where) {
  throw Error(Stage::read, std::string(where), fmt::format("a {} cannot be shown as {}", title(type), to_string(as)),
              fmt::format("{} is for {}", to_string(as), wanted(as)));
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
