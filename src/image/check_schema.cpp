#include "image/check_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sonda/error.h"

namespace sonda {
namespace {

struct Fault {
  std::string cause;
};

// Walks the types by value: each one once, remembering how deep it is and how many values it decodes to.
class Walk {
 public:
  explicit Walk(const Schema& schema) : types_(schema.types), seen_(types_.size()) {}

  void check_all() {
    for (std::size_t i = 0; i < types_.size(); ++i) visit(i, 0);
  }

 private:
  struct Seen {
    enum { not_yet, open, done } state = not_yet;
    std::size_t height = 0;
    std::uint64_t values = 0;
  };

  [[noreturn]] void refuse(const Type& type, std::string_view what) const {
    throw Fault{fmt::format("type {} '{}' {}", &type - types_.data(), type.name, what)};
  }

  void visit(std::size_t index, std::size_t level) {
    auto& seen = seen_[index];
    const auto& type = types_[index];
    if (seen.state == Seen::open) refuse(type, "contains itself");
    if (level + seen.height >= deepest_type) refuse(type, "is nested too deep");
    if (seen.state == Seen::done) return;
    seen.state = Seen::open;
    check_alone(type);
    seen.values = 1;
    if (type.kind == Kind::array) check_array(type, seen, level);
    for (const auto& field : type.fields) check_field(type, field, seen, level);
    if (seen.values > most_values) refuse(type, "holds too many values");
    seen.state = Seen::done;
  }

  // A type that `of` contains `count` times.
  const Type& descend(const Type& of, std::uint32_t to, Seen& seen, std::size_t level, std::uint64_t count) {
    if (to >= types_.size()) refuse(of, "refers to a type that is not there");
    visit(to, level + 1);
    seen.height = std::max(seen.height, seen_[to].height + 1);
    // Neither factor exceeds 2^28, so the product fits; the sum is cut off before the next one.
    seen.values = std::min(seen.values + seen_[to].values * count, most_values + 1);
    return types_[to];
  }

  void check_alone(const Type& type) const {
    if (type.size > largest_type) refuse(type, "is too large");
    if (!size_fits_kind(type)) refuse(type, fmt::format("cannot have {} bytes", type.size));
    const bool composite = type.kind == Kind::structure || type.kind == Kind::union_;
    if (!composite && !type.fields.empty()) refuse(type, "cannot have fields");
    if (type.kind != Kind::array && (type.element != 0 || type.count != 0)) refuse(type, "cannot have elements");
    if (type.kind != Kind::enumeration && (!type.values.empty() || type.is_signed))
      refuse(type, "cannot have enumerators");
  }

  static bool size_fits_kind(const Type& type) {
    const auto size = type.size;
    if (type.kind == Kind::character) return size == 1;
    if (type.kind == Kind::floating || type.kind == Kind::pointer) return size == 4 || size == 8;
    if (can_be_bits(type.kind)) return size == 1 || size == 2 || size == 4 || size == 8;
    return type.kind == Kind::structure || type.kind == Kind::union_ || type.kind == Kind::array ||
           type.kind == Kind::bytes;
  }

  void check_array(const Type& type, Seen& seen, std::size_t level) {
    if (type.count > largest_type) refuse(type, "has too many elements");
    const bool text = type.element < types_.size() && types_[type.element].kind == Kind::character;
    const auto& element = descend(type, type.element, seen, level, text ? 1 : type.count);
    if (element.size == 0 && type.count != 0) refuse(type, "has elements of no size");
    if (std::uint64_t{type.count} * element.size != type.size)
      refuse(type, fmt::format("has {} bytes but {} elements of {}", type.size, type.count, element.size));
  }

  void check_field(const Type& type, const Field& field, Seen& seen, std::size_t level) {
    const auto& of = descend(type, field.type, seen, level, 1);
    const bool composite = of.kind == Kind::structure || of.kind == Kind::union_;
    if (field.name.empty() && !composite) refuse(type, "has a field without a name");
    if (field.bit_size == 0) {
      if (field.bit_offset % 8 != 0) refuse(type, fmt::format("has field '{}' between two bytes", field.name));
    } else if (field.bit_size > of.size * 8 || !can_be_bits(of.kind)) {
      refuse(type, fmt::format("has field '{}' of {} bits, which its type has not", field.name, field.bit_size));
    }
    const std::uint64_t bits = field.bit_size != 0 ? field.bit_size : std::uint64_t{of.size} * 8;
    if (field.bit_offset + bits > std::uint64_t{type.size} * 8)
      refuse(type, fmt::format("has field '{}' beyond its end", field.name));
  }

  static bool can_be_bits(Kind kind) {
    return kind == Kind::unsigned_integer || kind == Kind::signed_integer || kind == Kind::boolean ||
           kind == Kind::enumeration || kind == Kind::character;
  }

  const std::vector<Type>& types_;
  std::vector<Seen> seen_;
};

}  // namespace

std::optional<std::string> schema_fault(const Schema& schema) try {
  Walk(schema).check_all();
  return std::nullopt;
} catch (const Fault& fault) {
  return fault.cause;
}

void validate(const Schema& schema) {
  if (auto fault = schema_fault(schema)) throw Error(Stage::cache, "schema", std::move(*fault));
}

}  // namespace sonda
