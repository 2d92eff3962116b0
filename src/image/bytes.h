// Values as bytes and back: little-endian numbers, lengths before contents. Reading checks every bound.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sonda/error.h"

namespace sonda {

/// FNV-1a, 64 bits: a hash against accidents, not against attackers. Another `seed` gives another hash of the same
/// bytes.
constexpr std::uint64_t fnv1a(std::span<const std::byte> bytes, std::uint64_t seed = 0xcbf29ce484222325) {
  auto hash = seed;
  for (const auto byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

/// Appends values to a growing run of bytes.
class Writer {
 public:
  /// Any integer, enumeration or bool, in as many bytes as its type has.
  template <class T>
    requires std::integral<T> || std::is_enum_v<T>
  void number(T value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8) bytes_.push_back(static_cast<std::byte>(rest & 0xff));
  }
  /// The bytes alone; the reader has to know how many.
  void raw(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// A 64-bit length, then the bytes.
  void bytes(std::span<const std::byte> bytes) {
    number<std::uint64_t>(bytes.size());
    raw(bytes);
  }
  void text(std::string_view text) { bytes(std::as_bytes(std::span(text))); }
  /// A 64-bit count, then `write(item)` for each.
  template <class Items, class Write>
  void list(const Items& items, Write write) {
    number<std::uint64_t>(items.size());
    for (const auto& item : items) write(item);
  }

  const std::vector<std::byte>& written() const noexcept { return bytes_; }
  std::vector<std::byte> take() noexcept { return std::exchange(bytes_, {}); }

 private:
  std::vector<std::byte> bytes_;
};

/// Takes values from bytes that may be anything. Whatever does not fit throws Error(stage, subject, cause). What it
/// allocates is bounded by the bytes that are there. Borrows the bytes.
class Reader {
 public:
  /// No text that names something is longer than this.
  static constexpr std::size_t name_limit = 4096;

  explicit Reader(std::span<const std::byte> bytes, std::string subject = "image", Stage stage = Stage::cache)
      : rest_(bytes), subject_(std::move(subject)), stage_(stage) {}

  template <class T>
    requires std::integral<T> && (!std::same_as<T, bool>)
  T number() {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (const auto byte : raw(sizeof(T))) {
      value |= std::to_integer<std::uint64_t>(byte) << shift;
      shift += 8;
    }
    return static_cast<T>(value);
  }
  /// Refuses anything but 0 and 1.
  bool boolean();
  /// An enumeration that runs from 0 to `last`; refuses anything beyond.
  template <class T>
    requires std::is_enum_v<T>
  T enumerator(T last) {
    using Number = std::make_unsigned_t<std::underlying_type_t<T>>;
    const auto value = number<Number>();
    if (value > static_cast<Number>(last)) refuse("it holds an unknown value");
    return static_cast<T>(value);
  }
  /// The next `size` bytes, borrowed.
  std::span<const std::byte> raw(std::size_t size);
  /// What Writer::bytes wrote, borrowed.
  std::span<const std::byte> bytes(std::size_t limit = SIZE_MAX);
  std::string text(std::size_t limit = SIZE_MAX);
  std::string name() { return text(name_limit); }
  /// What Writer::list wrote: `read()` is called for each item. `least` is the fewest bytes that an item takes, so that
  /// no count can ask for more items than there are bytes.
  template <class Read>
  auto list(std::size_t least, Read read) {
    std::vector<decltype(read())> items;
    const auto items_count = count(least);
    items.reserve(items_count);
    for (std::size_t i = 0; i < items_count; ++i) items.push_back(read());
    return items;
  }

  std::size_t left() const noexcept { return rest_.size(); }
  /// Refuses bytes that nothing has asked for.
  void require_end() const;
  /// Throws Error(stage, subject, cause).
  [[noreturn]] void refuse(std::string cause) const;

 private:
  std::size_t count(std::size_t least);

  std::span<const std::byte> rest_;
  std::string subject_;
  Stage stage_;
};

/// Writes the fields of a struct; with FieldReader in its place, the same description of the struct reads them.
class FieldWriter {
 public:
  explicit FieldWriter(Writer& to) : to_(to) {}
  template <class... Numbers>
  void numbers(const Numbers&... numbers) {
    (to_.number(numbers), ...);
  }
  template <class T>
  void enumerator(T value, T) {
    to_.number(value);
  }
  void boolean(bool value) { to_.number(value); }
  void text(std::string_view text) { to_.text(text); }
  void name(std::string_view text) { to_.text(text); }
  void bytes(std::span<const std::byte> bytes) { to_.bytes(bytes); }
  /// `each(*this, item)` for each of them; see Reader::list for `least`.
  template <class Items, class Each>
  void list(const Items& items, std::size_t, Each each) {
    to_.list(items, [&](const auto& item) { each(*this, item); });
  }

 private:
  Writer& to_;
};

/// See FieldWriter and, for what is refused, Reader.
class FieldReader {
 public:
  explicit FieldReader(Reader& from) : from_(from) {}
  template <class... Numbers>
  void numbers(Numbers&... numbers) {
    ((numbers = from_.number<Numbers>()), ...);
  }
  template <class T>
  void enumerator(T& value, T last) {
    value = from_.enumerator(last);
  }
  void boolean(bool& value) { value = from_.boolean(); }
  void text(std::string& text) { text = from_.text(); }
  void name(std::string& text) { text = from_.name(); }
  void bytes(std::vector<std::byte>& bytes) {
    const auto there = from_.bytes();
    bytes.assign(there.begin(), there.end());
  }
  template <class Item, class Each>
  void list(std::vector<Item>& items, std::size_t least, Each each) {
    items = from_.list(least, [&] {
      Item item{};
      each(*this, item);
      return item;
    });
  }
  [[noreturn]] void refuse(std::string cause) const { from_.refuse(std::move(cause)); }

 private:
  Reader& from_;
};

}  // namespace sonda
