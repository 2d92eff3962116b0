// Bytes seen through their schema.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sonda/schema.h"

namespace sonda {

class Value;
using List = std::vector<Value>;
using Fields = std::vector<std::pair<std::string, Value>>;  ///< in the order of the declaration

/// An enumerator: its number and, where the declaration has one, its name.
struct Named {
  std::int64_t number = 0;
  std::string name;
  bool operator==(const Named&) const = default;
};

/// One decoded value, free of the bytes it came from. Text is raw bytes up to the first NUL: escape before printing.
class Value {
 public:
  using Storage = std::variant<std::uint64_t, std::int64_t, bool, double, Named, std::string, List, Fields>;
  Value() = default;
  Value(Storage storage) : storage_(std::move(storage)) {}  // NOLINT(google-explicit-constructor): a plain wrapper
  const Storage& storage() const noexcept { return storage_; }
  bool operator==(const Value&) const = default;

 private:
  Storage storage_;
};

/// A value still in its bytes; decodes only what is asked for. Borrows both the bytes and the schema.
class RecordView {
 public:
  /// `bytes` must hold at least schema.size() bytes. Throws Error(Stage::read) with both sizes if not.
  RecordView(std::span<const std::byte> bytes, const Schema& schema);

  const Type& type() const noexcept { return schema_->types[type_]; }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// A field by name, also one inside an anonymous struct or union. Throws Error(Stage::read) listing the fields.
  RecordView operator[](std::string_view field) const;
  /// The same; nothing if there is no such field.
  std::optional<RecordView> find(std::string_view field) const;
  /// The struct's own field of that index, from 0 in the order of the declaration. Throws Error(Stage::read) beyond the
  /// end.
  RecordView field(std::size_t index) const;
  /// An array's element. Throws Error(Stage::read) beyond the end.
  RecordView operator[](std::size_t index) const;

  /// An integer, enumeration, boolean, pointer or character as a number. Throws Error(Stage::read) for anything else.
  std::uint64_t u64() const;
  std::int64_t i64() const;
  /// An array of char up to its first NUL. Throws Error(Stage::read) for anything else.
  std::string text() const;
  /// All of it, decoded.
  Value value() const;

 private:
  RecordView(std::span<const std::byte> bytes, const Schema& schema, std::uint32_t type, std::uint32_t bit_offset,
             std::uint32_t bit_size)
      : bytes_(bytes), schema_(&schema), type_(type), bit_offset_(bit_offset), bit_size_(bit_size) {}

  std::span<const std::byte> bytes_;  // of the innermost whole type that holds the value
  const Schema* schema_;
  std::uint32_t type_ = 0;
  std::uint32_t bit_offset_ = 0, bit_size_ = 0;  // of a bit field inside bytes_; bit_size_ 0: not one
};

/// The value as one line of text, the way a table shows it: numbers, names, escaped text, [a, b], {x=1, y=2}.
std::string to_text(const Value& value);

}  // namespace sonda
