// What a condition is made of, between its parser and its matches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "typed/condition.h"

namespace sonda {

enum class Operator : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal, like, unlike, is_set };

/// A step from a record to a part of it: to a field, by its index, or to an element of an array.
struct Step {
  bool element;
  std::size_t index;
};

/// What two numbers, or a text, are compared as.
using Operand = std::variant<std::int64_t, std::uint64_t, double, std::string, std::vector<std::byte>>;

/// What a part of the record is compared as, and the type's description alone.
struct Subject {
  std::size_t part = 0;
  std::vector<Step> path;
  std::uint32_t bits = 0, bit_size = 0;  ///< where it is in its part; of no bit-field 0
  Schema schema;
  std::optional<Show> as;
  std::string name;
};

/// What the value is compared as.
Operand operand(const RecordView& value, std::optional<Show> as);

struct Condition::Node {
  enum class Kind : std::uint8_t { comparison, negation, both, either } kind = Kind::comparison;
  std::shared_ptr<const Node> left, right;
  Subject field;
  Operator op = Operator::is_set;
  Operand wanted;

  /// `find` gives what a field is.
  template <class Find>
  bool holds(const Find& find) const {
    if (kind == Kind::comparison) return compares(find(field));
    if (kind == Kind::negation) return !left->holds(find);
    return kind == Kind::both ? left->holds(find) && right->holds(find) : left->holds(find) || right->holds(find);
  }

  bool compares(const Operand& value) const;
};

struct ParsedCondition {
  std::shared_ptr<const Condition::Node> root;
  std::size_t reach = 0;  ///< bytes of the first part up to the end of the last field
};

/// As Condition::fit().
std::expected<ParsedCondition, Error> parse_condition(std::string_view text, std::span<const Condition::Part> parts);

}  // namespace sonda
