// Which records are wanted: a condition on their fields, as a person types it.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "sonda/error.h"
#include "sonda/record.h"
#include "sonda/schema.h"
#include "typed/parse_value.h"

namespace sonda {

/// A condition such as `result < 0 and comm == "cat"`.
///
///   FIELD == VALUE, !=, <, <=, >, >=     a field compared; VALUE is typed as the field is shown
///   FIELD ~ "PATTERN", !~                text with *, ? and [...]
///   FIELD                                a number that is not 0, a text that is not empty
///   not C, C and C, C or C, (C)          binding in this order; also !, && and ||
///
/// FIELD is the name of a field, `a.b` and `a[1]` inside others, or, of a record that is no struct, what its part is
/// called. Text and numbers have an order; everything else is equal or not.
///
/// Fields are looked up when it is made: a match decodes those that it names, and throws nothing.
class Condition {
 public:
  /// One of several records that belong together, as an entry's key and value.
  struct Part {
    const Schema& schema;
    std::string_view name;  ///< of a record that is no struct
    const TypedAs& as;
  };

  /// One that every record satisfies.
  Condition() = default;
  /// Throws Error(Stage::usage), with a caret at the place, for what is no condition on records of `schema`; one that
  /// is no struct is called `value`.
  static Condition parse(std::string_view text, const Schema& schema, const TypedAs& as = {});
  /// On records of several parts, of which the first that has a field is meant. If none has one of the fields, the
  /// error that says so is not thrown, but given.
  static std::expected<Condition, Error> fit(std::string_view text, std::span<const Part> parts);

  /// `record` is one of the schema that it was made for.
  bool matches(const RecordView& record) const { return matches(std::span(&record, 1)); }
  bool matches(std::span<const RecordView> parts) const;
  /// A record that may have come short: it does not match if it lacks a field that the condition names.
  bool matches(std::span<const std::byte> bytes, const Schema& schema) const;
  /// A record that is not in bytes: by the index of the field in its schema.
  bool matches(const std::function<Value(std::size_t field)>& field) const;
  bool empty() const noexcept { return root_ == nullptr; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::size_t reach_ = 0;  ///< bytes of the first part up to the end of the last field
};

}  // namespace sonda
