#include "runtime/map_change.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "read/place.h"

namespace sonda {
namespace {

bool is_struct(Kind kind) { return kind == Kind::structure; }

/// Where a number is, from the start of the whole value.
struct Spot {
  std::uint32_t bit_offset = 0, bit_size = 0;
};

void store_bits(std::span<std::byte> bytes, const Spot& spot, std::uint64_t value) {
  for (std::uint32_t i = 0; i < spot.bit_size; ++i) {
    const auto at = spot.bit_offset + i;
    const auto mask = std::byte{1} << (at % 8);
    if ((value >> i & 1U) != 0)
      bytes[at / 8] |= mask;
    else
      bytes[at / 8] &= ~mask;
  }
}

std::uint64_t largest(std::uint32_t bits) {
  return bits >= 64 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << bits) - 1;
}

class Conversion {
 public:
  Conversion(std::span<const std::byte> from, const Schema& before, const Schema& after)
      : from_(from), before_(before), after_(after) {
    result_.bytes.resize(after.size());
    value({0, 0}, 0, {0, 0}, 0);
  }
  Converted take() { return std::move(result_); }

 private:
  Spot whole(const Spot& spot, const Type& type) const {
    return {spot.bit_offset, spot.bit_size != 0 ? spot.bit_size : type.size * 8};
  }

  void value(const Spot& was, std::uint32_t old_type, const Spot& is, std::uint32_t new_type) {
    const auto &before = before_.types[old_type], &after = after_.types[new_type];
    if (is_number(before.kind) && is_number(after.kind))
      return number(whole(was, before), before, whole(is, after), after);
    if (is_struct(before.kind) && is_struct(after.kind)) return fields(was, before, is, after);
    if (before.kind == Kind::array && after.kind == Kind::array) return elements(was, before, is, after);
    if (before.kind == after.kind && before.size == after.size)
      std::copy_n(from_.begin() + was.bit_offset / 8, before.size, result_.bytes.begin() + is.bit_offset / 8);
  }

  void number(const Spot& was, const Type& before, const Spot& is, const Type& after) {
    if (was.bit_size == 0 || is.bit_size == 0 || was.bit_size > 64 || is.bit_size > 64) return;
    auto bits = load_bits(from_, was.bit_offset, was.bit_size);
    const bool is_negative = is_signed(before) && (bits >> (was.bit_size - 1) & 1U) != 0;
    if (is_negative) bits = sign_extend(bits, was.bit_size);
    const bool with_sign = is_signed(after);
    const auto top = largest(with_sign ? is.bit_size - 1 : is.bit_size);
    if (is_negative) {
      const auto lowest = with_sign ? ~top : 0;
      if (!with_sign || bits < lowest) bits = lowest, result_.fits = false;
    } else if (bits > top) {
      bits = top;
      result_.fits = false;
    }
    store_bits(result_.bytes, is, bits);
  }

  void fields(const Spot& was, const Type& before, const Spot& is, const Type& after) {
    for (const auto& field : after.fields) {
      const auto old = std::ranges::find(before.fields, field.name, &Field::name);
      if (old == before.fields.end()) continue;
      value({was.bit_offset + old->bit_offset, old->bit_size}, old->type,
            {is.bit_offset + field.bit_offset, field.bit_size}, field.type);
    }
  }

  void elements(const Spot& was, const Type& before, const Spot& is, const Type& after) {
    const auto old_bits = before_.types[before.element].size * 8, new_bits = after_.types[after.element].size * 8;
    for (std::uint32_t i = 0; i < std::min(before.count, after.count); ++i)
      value({was.bit_offset + i * old_bits, 0}, before.element, {is.bit_offset + i * new_bits, 0}, after.element);
    const auto rest = from_.subspan(was.bit_offset / 8, before.size)
                          .subspan(std::size_t{std::min(before.count, after.count)} * old_bits / 8);
    if (std::ranges::any_of(rest, [](std::byte byte) { return byte != std::byte{0}; })) result_.fits = false;
    end_text(is, after);
  }

  /// A text that was cut still ends.
  void end_text(const Spot& is, const Type& after) {
    if (after_.types[after.element].kind == Kind::character && after.count > 0)
      result_.bytes[is.bit_offset / 8 + after.count - 1] = std::byte{0};
  }

  std::span<const std::byte> from_;
  const Schema& before_;
  const Schema& after_;
  Converted result_;
};

bool types_in_common(const Schema& before, std::uint32_t old_type, const Schema& after, std::uint32_t new_type) {
  const auto &was = before.types[old_type], &is = after.types[new_type];
  if (is_number(was.kind) && is_number(is.kind)) return true;
  if (was.kind == Kind::array && is.kind == Kind::array) return types_in_common(before, was.element, after, is.element);
  if (!is_struct(was.kind) || !is_struct(is.kind)) return was.kind == is.kind && was.size == is.size;
  return std::ranges::any_of(is.fields, [&](const Field& field) {
    const auto old = std::ranges::find(was.fields, field.name, &Field::name);
    return old != was.fields.end() && types_in_common(before, old->type, after, field.type);
  });
}

}  // namespace

Converted convert(std::span<const std::byte> bytes, const Schema& before, const Schema& after) {
  return Conversion(bytes, before, after).take();
}

bool have_in_common(const Schema& before, const Schema& after) {
  return !before.empty() && !after.empty() && types_in_common(before, 0, after, 0);
}

}  // namespace sonda
