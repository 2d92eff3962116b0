// Which records are wanted: a condition on their fields, as a person types it.
#pragma once

#include <memory>
#include <string_view>

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
/// FIELD is the name of a field, `a.b` and `a[1]` inside others, or, of a record that is no struct, `value`. Text and
/// numbers have an order; everything else is equal or not.
class Condition {
 public:
  /// One that every record satisfies.
  Condition() = default;
  /// Throws Error(Stage::usage), with a caret at the place, for what is no condition on records of `schema`.
  static Condition parse(std::string_view text, const Schema& schema, const TypedAs& as = {});

  /// `record` is one of the schema that it was made for.
  bool matches(const RecordView& record) const;
  bool empty() const noexcept { return root_ == nullptr; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace sonda
