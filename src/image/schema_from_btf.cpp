#include "image/schema_from_btf.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "image/check_schema.h"
#include "sonda/error.h"

namespace sonda {
namespace {

class Builder {
 public:
  explicit Builder(const btf& types) : types_(types) {}

  Schema build(std::uint32_t id) {
    add(id, 0);
    return std::move(schema_);
  }

 private:
  // A type without its typedefs and qualifiers, and the name that it goes by.
  struct Resolved {
    std::uint32_t id = 0;
    const btf_type* type = nullptr;
    std::string name;
  };

  [[noreturn]] void refuse(std::uint32_t id, std::string cause) const {
    const auto* type = btf__type_by_id(&types_, id);
    const std::string name = type == nullptr ? "" : text(type->name_off);
    throw Error(Stage::compile, fmt::format("BTF type {} '{}'", id, name), std::move(cause));
  }

  std::string text(std::uint32_t offset) const {
    const auto* found = btf__str_by_offset(&types_, offset);
    return found == nullptr ? "" : found;
  }

  const btf_type& at(std::uint32_t id) const {
    const auto* type = btf__type_by_id(&types_, id);
    if (type == nullptr) refuse(id, "there is no such type");
    return *type;
  }

  // The struct, integer, ... behind typedefs and qualifiers; named after the outermost typedef, if there is one.
  Resolved resolve(std::uint32_t id) const {
    Resolved result{.id = id, .type = &at(id)};
    std::string alias;
    for (std::size_t steps = 0; btf_is_typedef(result.type) || btf_is_mod(result.type); ++steps) {
      if (steps == deepest_type) refuse(id, "its typedefs are nested too deep");
      if (alias.empty() && btf_is_typedef(result.type)) alias = text(result.type->name_off);
      result.id = result.type->type;
      result.type = &at(result.id);
    }
    result.name = alias.empty() ? own_name(*result.type) : std::move(alias);
    return result;
  }

  std::string own_name(const btf_type& type) const {
    auto name = text(type.name_off);
    if (name.empty()) return name;
    if (btf_is_struct(&type) || (btf_is_fwd(&type) && !btf_kflag(&type))) return "struct " + name;
    if (btf_is_union(&type) || btf_is_fwd(&type)) return "union " + name;
    if (btf_is_any_enum(&type)) return "enum " + name;
    return name;
  }

  // What a pointer points to is only named.
  std::string pointer_name(const btf_type& pointer) const {
    auto target = resolve(pointer.type);
    std::string stars = "*";
    for (std::size_t steps = 0; btf_is_ptr(target.type) && target.name.empty() && steps < deepest_type; ++steps) {
      stars += '*';
      target = resolve(target.type->type);
    }
    if (btf_is_func_proto(target.type) && target.name.empty()) return "void (" + stars + ")()";
    if (btf_is_array(target.type) && target.name.empty()) return "void " + stars;
    if (btf_is_void(target.type)) return "void " + stars;
    if (btf_is_composite(target.type) && target.name.empty()) return "struct " + stars;
    return target.name + " " + stars;
  }

  // Gives the schema's index of BTF type `id`. A type that is met again inside itself is found out by the last check.
  std::uint32_t add(std::uint32_t id, std::size_t level) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    if (level == deepest_type) refuse(id, "its types are nested too deep");
    const auto index = static_cast<std::uint32_t>(schema_.types.size());
    known_.emplace(id, index);
    schema_.types.emplace_back();
    auto type = convert(resolve(id), level);
    schema_.types[index] = std::move(type);
    return index;
  }

  Type convert(Resolved from, std::size_t level) {
    switch (btf_kind(from.type)) {
      case BTF_KIND_INT:
        return integer(from);
      case BTF_KIND_FLOAT: {
        const bool plain = from.type->size == sizeof(float) || from.type->size == sizeof(double);
        return {.kind = plain ? Kind::floating : Kind::bytes, .name = std::move(from.name), .size = from.type->size};
      }
      case BTF_KIND_PTR: {
        auto name = from.name.empty() ? pointer_name(*from.type) : std::move(from.name);
        const auto size = btf__pointer_size(&types_);
        return {.kind = Kind::pointer, .name = std::move(name), .size = size == 0 ? 8 : std::uint32_t(size)};
      }
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return enumeration(from);
      case BTF_KIND_ARRAY:
        return array(from, level);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return composite(from, level);
      case BTF_KIND_DATASEC:
        return section(from, level);
      case BTF_KIND_FWD:
        refuse(from.id, "it is declared but not defined");
      case BTF_KIND_UNKN:
        refuse(from.id, "void has no bytes");
      default:
        refuse(from.id, "it is not a type of data");
    }
  }

  Type integer(Resolved& from) const {
    Type type{.kind = Kind::unsigned_integer, .name = std::move(from.name), .size = from.type->size};
    const auto encoding = btf_int_encoding(from.type);
    // Compilers tell `char` by its name alone, not by its encoding.
    if (type.size == 1 && ((encoding & BTF_INT_CHAR) != 0 || text(from.type->name_off) == "char"))
      type.kind = Kind::character;
    else if ((encoding & BTF_INT_BOOL) != 0)
      type.kind = Kind::boolean;
    else if ((encoding & BTF_INT_SIGNED) != 0)
      type.kind = Kind::signed_integer;
    if (type.size != 1 && type.size != 2 && type.size != 4 && type.size != 8) type.kind = Kind::bytes;
    return type;
  }

  Type enumeration(Resolved& from) const {
    Type type{.kind = Kind::enumeration, .name = std::move(from.name), .size = from.type->size};
    const auto count = btf_vlen(from.type);
    const bool is_wide = btf_kind(from.type) == BTF_KIND_ENUM64;
    type.is_signed = btf_kflag(from.type);
    // LLVM before 15 never says that an enumeration is signed. Small negative numbers do.
    for (int i = 0; i < count && !is_wide; ++i)
      if (const auto value = btf_enum(from.type)[i].val; value < 0 && value > -(1 << 30)) type.is_signed = true;
    for (int i = 0; i < count; ++i) {
      if (is_wide) {
        const auto& item = btf_enum64(from.type)[i];
        type.values.push_back({text(item.name_off), std::int64_t(std::uint64_t{item.val_hi32} << 32 | item.val_lo32)});
      } else {
        const auto& item = btf_enum(from.type)[i];
        const auto value = type.is_signed ? std::int64_t{item.val} : std::int64_t{std::uint32_t(item.val)};
        type.values.push_back({text(item.name_off), value});
      }
    }
    return type;
  }

  Type array(Resolved& from, std::size_t level) {
    const auto& description = *btf_array(from.type);
    Type type{.kind = Kind::array, .name = std::move(from.name)};
    type.element = add(description.type, level + 1);
    const auto element_size = schema_.types[type.element].size;
    const auto size = std::uint64_t{description.nelems} * element_size;
    if (size > largest_type) refuse(from.id, "the array is too large");
    type.size = static_cast<std::uint32_t>(size);
    type.count = element_size == 0 ? 0 : description.nelems;
    return type;
  }

  Type composite(Resolved& from, std::size_t level) {
    Type type{.kind = btf_is_union(from.type) ? Kind::union_ : Kind::structure,
              .name = std::move(from.name),
              .size = from.type->size};
    const auto* members = btf_members(from.type);
    for (std::uint32_t i = 0; i < btf_vlen(from.type); ++i) {
      Field field{.name = text(members[i].name_off),
                  .bit_offset = btf_member_bit_offset(from.type, i),
                  .bit_size = btf_member_bitfield_size(from.type, i)};
      const auto of = resolve(members[i].type);
      if (field.name.empty() && !btf_is_composite(of.type)) continue;  // padding
      if (field.name.starts_with(padding_prefix)) continue;
      // The older way to say "bit field": an integer type of fewer bits than its bytes have.
      if (btf_is_int(of.type) && field.bit_size == 0) {
        field.bit_offset += btf_int_offset(of.type);
        if (const auto bits = btf_int_bits(of.type); bits != of.type->size * 8) field.bit_size = bits;
      }
      field.type = add(members[i].type, level + 1);
      type.fields.push_back(std::move(field));
    }
    return type;
  }

  /// Its variables are the fields.
  Type section(Resolved& from, std::size_t level) {
    Type type{.kind = Kind::structure, .name = std::move(from.name), .size = from.type->size};
    const auto* variables = btf_var_secinfos(from.type);
    for (std::uint32_t i = 0; i < btf_vlen(from.type); ++i) {
      const auto& variable = at(variables[i].type);
      if (!btf_is_var(&variable)) refuse(from.id, "it holds what is no variable");
      type.fields.push_back({.name = text(variable.name_off),
                             .type = add(variable.type, level + 1),
                             .bit_offset = variables[i].offset * 8});
    }
    return type;
  }

  const btf& types_;
  Schema schema_;
  std::unordered_map<std::uint32_t, std::uint32_t> known_;
};

}  // namespace

Schema schema_from_btf(const btf& types, std::uint32_t type_id) {
  auto schema = Builder(types).build(type_id);
  if (auto fault = schema_fault(schema))
    throw Error(Stage::compile, fmt::format("BTF type {}", type_id), "its description is malformed: " + *fault);
  return schema;
}

std::optional<std::uint32_t> declared_type(const btf& types, std::string_view name) {
  const auto find = [&](std::string_view of, std::initializer_list<std::uint32_t> kinds) {
    std::optional<std::uint32_t> found;
    for (const auto kind : kinds)
      if (const auto id = btf__find_by_name_kind(&types, std::string(of).c_str(), kind); id > 0 && !found)
        found = static_cast<std::uint32_t>(id);
    return found;
  };
  name = trim(name);
  const auto blank = name.find_first_of(" \t");
  if (blank == std::string_view::npos) return find(name, {BTF_KIND_TYPEDEF, BTF_KIND_INT, BTF_KIND_FLOAT});
  const auto word = name.substr(0, blank), tag = trim(name.substr(blank));
  if (word == "struct") return find(tag, {BTF_KIND_STRUCT});
  if (word == "union") return find(tag, {BTF_KIND_UNION});
  if (word == "enum") return find(tag, {BTF_KIND_ENUM, BTF_KIND_ENUM64});
  return find(name, {BTF_KIND_INT});  // "unsigned int"
}

}  // namespace sonda
