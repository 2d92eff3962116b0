#include "read/fitted_schema.h"

#include <algorithm>

namespace sonda {
namespace {

/// An array without a size of its own: `char data[]`.
bool is_flexible(const Schema& schema, const Type& type) {
  return type.kind == Kind::array && type.count == 0 && schema.types.at(type.element).size > 0;
}

/// Whether the type, or what it ends in, is flexible.
bool ends_flexibly(const Schema& schema, const Type& type) {
  if (is_flexible(schema, type)) return true;
  return type.kind == Kind::structure && !type.fields.empty() &&
         ends_flexibly(schema, schema.types.at(type.fields.back().type));
}

class Fitter {
 public:
  explicit Fitter(const Schema& schema) : result_{schema, {}} {}

  FittedSchema run(std::size_t size) {
    if (!result_.schema.empty()) result_.schema.types.front() = fit(result_.schema.types.front(), size, "");
    return std::move(result_);
  }

 private:
  /// The type, or the first part of it, that has room in `size` bytes. `prefix` is what its fields' names begin with.
  Type fit(Type type, std::size_t size, const std::string& prefix) {
    if (type.kind == Kind::array) {
      const auto element = result_.schema.types.at(type.element).size;
      const auto room = element == 0 ? 0 : static_cast<std::uint32_t>(size / element);
      type.count = type.count == 0 ? room : std::min(type.count, room);
      type.size = type.count * element;
      return type;
    }
    if (type.kind != Kind::structure && type.kind != Kind::union_) return type;
    std::vector<Field> kept;
    for (auto field : type.fields)
      if (fit_field(field, size, prefix)) kept.push_back(std::move(field));
    type.fields = std::move(kept);
    type.size = ends_flexibly(result_.schema, type) ? static_cast<std::uint32_t>(size)
                                                    : std::min(type.size, static_cast<std::uint32_t>(size));
    for (const auto& field : type.fields)
      type.size = std::max(type.size, field.bit_offset / 8 + result_.schema.types.at(field.type).size);
    return type;
  }

  /// Whether anything of the field is there.
  bool fit_field(Field& field, std::size_t size, const std::string& prefix) {
    const auto& types = result_.schema.types;
    const std::size_t at = field.bit_offset / 8;
    const auto whole = at + types.at(field.type).size;
    const bool is_open = ends_flexibly(result_.schema, types.at(field.type));
    if (whole <= size && !is_open) return true;
    const auto kind = types.at(field.type).kind;
    const bool has_parts = kind == Kind::array || kind == Kind::structure;
    if (field.bit_size != 0 || !has_parts || (at >= size && !is_open) || at > size) {
      if (!field.name.empty()) result_.missing.push_back(prefix + field.name);
      return false;
    }
    auto part = fit(types.at(field.type), size - at, field.name.empty() ? prefix : prefix + field.name + ".");
    result_.schema.types.push_back(std::move(part));
    field.type = static_cast<std::uint32_t>(result_.schema.types.size() - 1);
    return true;
  }

  FittedSchema result_;
};

}  // namespace

bool needs_fitting(const Schema& schema, std::size_t size) {
  return size < schema.size() || (!schema.empty() && ends_flexibly(schema, schema.types.front()));
}

FittedSchema fitted(const Schema& schema, std::size_t size) { return Fitter(schema).run(size); }

}  // namespace sonda
