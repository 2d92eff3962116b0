#include "runtime/map_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "image/spell.h"
#include "read/map_types.h"

namespace sonda {
namespace {

constexpr std::string_view variables_part = "variables";

bool is_struct(const Type& type) { return type.kind == Kind::structure || type.kind == Kind::union_; }

/// Two types, each in its schema.
struct Pair {
  const Schema& before;
  const Schema& after;

  bool same(std::uint32_t a, std::uint32_t b) const {
    const auto &was = before.types[a], &is = after.types[b];
    if (was.kind != is.kind || was.size != is.size) return false;
    if (was.kind == Kind::array) return was.count == is.count && same(was.element, is.element);
    if (!is_struct(was)) return true;
    return std::ranges::equal(was.fields, is.fields, [this](const Field& x, const Field& y) {
      return x.name == y.name && x.bit_offset == y.bit_offset && x.bit_size == y.bit_size && same(x.type, y.type);
    });
  }

  std::string in_words(std::uint32_t a, std::uint32_t b) const {
    return fmt::format("{} -> {}", spell(before, a), spell(after, b));
  }
};

/// Looks for what is different, field by field; `prefix` is where inside the outermost struct it looks.
class Differences {
 public:
  Differences(const Pair& schemas, std::string_view noun) : schemas_(schemas), noun_(noun) {}

  void look(const Type& was, const Type& is, const std::string& prefix) {
    for (const auto& field : was.fields) {
      const auto now = std::ranges::find(is.fields, field.name, &Field::name);
      if (now == is.fields.end())
        found_.push_back(fmt::format("{} {}{} is gone", noun_, prefix, shown(field)));
      else
        compare(field, *now, prefix);
    }
    for (const auto& field : is.fields)
      if (std::ranges::find(was.fields, field.name, &Field::name) == was.fields.end())
        found_.push_back(fmt::format("{} {}{} is new", noun_, prefix, shown(field)));
  }

  std::string text() const {
    constexpr std::size_t readable = 3;
    if (found_.size() <= readable) return join(found_, ", ");
    const std::vector<std::string> first(found_.begin(), found_.begin() + readable);
    return fmt::format("{}, {} more", join(first, ", "), found_.size() - readable);
  }

  bool only_moved() const { return found_.empty() && moved_; }

 private:
  static std::string shown(const Field& field) { return field.name.empty() ? "(without a name)" : field.name; }

  void compare(const Field& was, const Field& is, const std::string& prefix) {
    const auto &old_type = schemas_.before.types[was.type], &new_type = schemas_.after.types[is.type];
    if (!schemas_.same(was.type, is.type)) {
      if (is_struct(old_type) && old_type.kind == new_type.kind)
        return look(old_type, new_type, prefix + (was.name.empty() ? "" : was.name + "."));
      found_.push_back(fmt::format("{} {}{} {}", noun_, prefix, shown(was), schemas_.in_words(was.type, is.type)));
    } else if (was.bit_size != is.bit_size) {
      found_.push_back(
          fmt::format("{} {}{} has {} bits -> {}", noun_, prefix, shown(was), bits(was, old_type), bits(is, new_type)));
    } else if (was.bit_offset != is.bit_offset) {
      moved_ = true;
    }
  }

  static std::uint32_t bits(const Field& field, const Type& type) {
    return field.bit_size != 0 ? field.bit_size : type.size * 8;
  }

  const Pair& schemas_;
  std::string_view noun_;
  std::vector<std::string> found_;
  bool moved_ = false;  // said only if there is nothing else, which moved it
};

std::string number_change(std::string_view what, std::uint32_t before, std::uint32_t after) {
  return before == after ? std::string() : fmt::format("{} {} -> {}", what, before, after);
}

std::string part_change(const MapSpec& before, const MapSpec& after, const Schema MapSpec::* part,
                        std::uint32_t MapSpec::* btf_type, std::uint32_t MapSpec::* size, std::string_view name) {
  const bool described = before.*btf_type != 0 && after.*btf_type != 0;
  if (described && before.*size == after.*size) return schema_change(before.*part, after.*part, name);
  if (before.*size == after.*size) return {};
  if (described)
    if (auto text = schema_change(before.*part, after.*part, name); !text.empty()) return text;
  return fmt::format("{}: {} bytes -> {}", name, before.*size, after.*size);
}

}  // namespace

std::string schema_change(const Schema& before, const Schema& after, std::string_view part) {
  if (before.empty() && after.empty()) return {};
  if (before.empty()) return fmt::format("{}: it is said now, {}", part, spell(after, 0));
  if (after.empty()) return fmt::format("{}: it is no longer said", part);
  const Pair schemas{before, after};
  if (schemas.same(0, 0)) return {};
  const auto &was = before.types.front(), &is = after.types.front();
  if (is_struct(was) && was.kind == is.kind) {
    const bool is_variables = part == variables_part;
    Differences differences(schemas, is_variables ? "variable" : "field");
    differences.look(was, is, "");
    const auto text = differences.only_moved() ? std::string("fields have moved") : differences.text();
    if (is_variables && !text.empty()) return text;
    if (!text.empty()) return fmt::format("{}: {}", part, text);
    return fmt::format("{}: {} bytes -> {}", part, was.size, is.size);
  }
  return fmt::format("{}: {}", part, schemas.in_words(0, 0));
}

std::string map_change(const MapSpec& before, const MapSpec& after) {
  if (after.holds != Holds::entries) return schema_change(before.value, after.value, variables_part);
  if (before.type != after.type)
    return fmt::format("type {} -> {}", map_type_name(before.type), map_type_name(after.type));
  std::vector<std::string> changes;
  const auto add = [&changes](std::string change) {
    if (!change.empty()) changes.push_back(std::move(change));
  };
  if (is_buffer(before)) {
    add(schema_change(before.event, after.event, "event"));
  } else {
    add(part_change(before, after, &MapSpec::key, &MapSpec::btf_key_type, &MapSpec::key_size, "key"));
    add(part_change(before, after, &MapSpec::value, &MapSpec::btf_value_type, &MapSpec::value_size, "value"));
  }
  add(number_change("max_entries", before.max_entries, after.max_entries));
  if (before.flags != after.flags) add(fmt::format("flags {:#x} -> {:#x}", before.flags, after.flags));
  if (before.inner != after.inner) add(fmt::format("inner maps are like {} -> {}", before.inner, after.inner));
  return join(changes, "; ");
}

}  // namespace sonda
