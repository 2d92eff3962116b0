// A C++ struct against a probe's struct, field by field.
#include "sonda/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "image/spell.h"
#include "sonda/error.h"

namespace sonda {
namespace {

// A field with a name, seen from the start of the outermost struct.
struct Member {
  std::string_view name;
  std::uint32_t type = 0, bit_offset = 0, bit_size = 0;
};

// Fields of anonymous structs and unions are named as if they stood in the struct around them.
void collect(const Schema& schema, const Type& type, std::uint32_t bit_offset, std::vector<Member>& members) {
  for (const auto& field : type.fields) {
    const auto offset = bit_offset + field.bit_offset;
    if (field.name.empty())
      collect(schema, schema.types[field.type], offset, members);
    else
      members.push_back({field.name, field.type, offset, field.bit_size});
  }
}

// "__pad1", "_pad", "pad0", "padding": bytes that nobody reads.
bool is_padding(std::string_view name) {
  if (name.starts_with("__pad")) return true;
  name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
  if (!name.starts_with("pad")) return false;
  name.remove_prefix(name.starts_with("padding") ? 7 : 3);
  return name.find_first_not_of("0123456789_") == std::string_view::npos;
}

class Comparison {
 public:
  Comparison(const Schema& schema, std::string_view map, std::string_view part, std::span<const BoundField> fields)
      : schema_(schema), map_(map), part_(part), fields_(fields) {
    collect(schema, schema.types.front(), 0, members_);
  }

  void check(std::size_t size) const {
    for (const auto& field : fields_)
      if (!is_padding(field.name)) check_bound(field);
    for (const auto& member : members_)
      if (!is_padding(member.name)) check_covered(member);
    if (size != schema_.size())
      refuse(fmt::format("{} has {} bytes in the probe, {} in the program", spell(schema_, 0), schema_.size(), size));
  }

  [[noreturn]] void refuse(std::string_view difference) const {
    throw Error(Stage::read, std::string(map_), fmt::format("{}: {}", part_, difference),
                "the probe has: " + describe(schema_));
  }

 private:
  void check_bound(const BoundField& field) const {
    const auto member =
        std::find_if(members_.begin(), members_.end(), [&](const Member& at) { return at.name == field.name; });
    if (member == members_.end())
      refuse(fmt::format("field '{}' is not in the probe, {} in the program", field.name, in_program(field)));
    const bool same = member->bit_size == 0 && member->bit_offset == field.offset * 8 && bytes(*member) == field.size;
    if (!same)
      refuse(fmt::format("field '{}' is {} in the probe, {} in the program", field.name, in_probe(*member),
                         in_program(field)));
  }

  // A field of the probe is left out if the program has its bytes under no name; the members of a union share theirs.
  void check_covered(const Member& member) const {
    const bool covered = std::any_of(fields_.begin(), fields_.end(), [&](const BoundField& field) {
      return field.offset * 8 <= member.bit_offset &&
             member.bit_offset + bits(member) <= (field.offset + field.size) * 8;
    });
    if (!covered)
      refuse(fmt::format("field '{}' is {} in the probe, missing in the program", member.name, in_probe(member)));
  }

  std::uint64_t bytes(const Member& member) const { return schema_.types[member.type].size; }
  std::uint64_t bits(const Member& member) const { return member.bit_size != 0 ? member.bit_size : bytes(member) * 8; }

  std::string in_probe(const Member& member) const {
    const auto type = spell(schema_, member.type);
    if (member.bit_size == 0) return fmt::format("{} at {}", type, member.bit_offset / 8);
    return fmt::format("a bit field ({} : {} at bit {})", type, member.bit_size, member.bit_offset);
  }
  static std::string in_program(const BoundField& field) {
    return fmt::format("{} bytes at {}", field.size, field.offset);
  }

  const Schema& schema_;
  std::string_view map_, part_;
  std::span<const BoundField> fields_;
  std::vector<Member> members_;
};

}  // namespace

void check_layout(const Schema& schema, std::string_view map, std::string_view part, std::span<const BoundField> fields,
                  std::size_t size, bool is_scalar) {
  const auto in_program = fmt::format("{} of {} bytes in the program", is_scalar ? "a number" : "a struct", size);
  if (schema.empty())
    throw Error(Stage::read, std::string(map), fmt::format("{}: nothing in the probe, {}", part, in_program));
  const Comparison comparison(schema, map, part, fields);
  const auto kind = schema.types.front().kind;
  const bool is_struct = kind == Kind::structure || kind == Kind::union_;
  if (is_struct && !is_scalar) return comparison.check(size);
  if (is_struct || !is_scalar || schema.size() != size)
    comparison.refuse(fmt::format("{} of {} bytes in the probe, {}", spell(schema, 0), schema.size(), in_program));
}

}  // namespace sonda
