// Binding a C++ struct to a probe's struct: the layouts are compared, and a difference is refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sonda/schema.h"

namespace sonda {

/// One field of a C++ struct.
struct BoundField {
  std::string_view name;
  std::size_t offset = 0, size = 0;  ///< bytes
};

/// The fields of a bound struct; SONDA_LAYOUT specialises it. Integers need none.
template <class T>
struct Layout;

/// Compares `fields` and `size` with `schema`. Throws Error(Stage::read): the subject is `map`, the cause names the
/// field and both layouts. `part` is "key", "value" or "event".
void check_layout(const Schema& schema, std::string_view map, std::string_view part, std::span<const BoundField> fields,
                  std::size_t size, bool is_scalar);

template <class T>
void require_layout(const Schema& schema, std::string_view map, std::string_view part) {
  static_assert(std::is_trivially_copyable_v<T>, "a bound struct holds plain data only");
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
    check_layout(schema, map, part, {}, sizeof(T), true);
  else
    check_layout(schema, map, part, Layout<T>::fields, sizeof(T), false);
}

/// Copies a T out of `bytes`, whose layout was checked before; bytes that are missing stay zero.
template <class T>
T from_bytes(std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T object{};
  if (!bytes.empty()) std::memcpy(&object, bytes.data(), bytes.size() < sizeof(T) ? bytes.size() : sizeof(T));
  return object;
}

}  // namespace sonda

// NOLINTBEGIN(bugprone-macro-parentheses): a type and a member's name cannot stand in parentheses
#define SONDA_FIELD_(type, name) \
  ::sonda::BoundField { #name, offsetof(type, name), sizeof(std::declval<type&>().name) }
// NOLINTEND(bugprone-macro-parentheses)
#define SONDA_PICK_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, macro, ...) macro
#define SONDA_F1_(t, a) SONDA_FIELD_(t, a)
#define SONDA_F2_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F1_(t, __VA_ARGS__)
#define SONDA_F3_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F2_(t, __VA_ARGS__)
#define SONDA_F4_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F3_(t, __VA_ARGS__)
#define SONDA_F5_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F4_(t, __VA_ARGS__)
#define SONDA_F6_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F5_(t, __VA_ARGS__)
#define SONDA_F7_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F6_(t, __VA_ARGS__)
#define SONDA_F8_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F7_(t, __VA_ARGS__)
#define SONDA_F9_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F8_(t, __VA_ARGS__)
#define SONDA_F10_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F9_(t, __VA_ARGS__)
#define SONDA_F11_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F10_(t, __VA_ARGS__)
#define SONDA_F12_(t, a, ...) SONDA_FIELD_(t, a), SONDA_F11_(t, __VA_ARGS__)

/// At namespace scope outside any other: SONDA_LAYOUT(demo::Key, pid, cpu, comm) binds a struct of up to 12 fields.
#define SONDA_LAYOUT(type, ...)                                                                                  \
  template <>                                                                                                    \
  struct sonda::Layout<type> {                                                                                   \
    static constexpr ::sonda::BoundField fields[] = {                                                            \
        SONDA_PICK_(__VA_ARGS__, SONDA_F12_, SONDA_F11_, SONDA_F10_, SONDA_F9_, SONDA_F8_, SONDA_F7_, SONDA_F6_, \
                    SONDA_F5_, SONDA_F4_, SONDA_F3_, SONDA_F2_, SONDA_F1_)(type, __VA_ARGS__)};                  \
  }
